// Package orc writes ORC files from typed columns.
package orc
