// Package catalog is where delivered data is made known to those who query it:
// Glue tables and partitions, DDL for Athena. In this release it holds nothing
// that runs; a stream's schema lives in configs and formats/column.
package catalog
