// Package console is the web page over the admin listener: read-only views of
// what the other packages know. In this release the same figures are served as
// JSON at /v1/status and printed by `hydrant status`.
package console
