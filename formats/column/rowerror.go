package column

import "fmt"

// Codes of a [RowError], as Firehose names them (Firehose developer guide,
// Record format conversion).
const (
	MalformedData = "DataFormatConversion.MalformedData" // JSON, but not of the schema
	ParseError    = "DataFormatConversion.ParseError"    // not JSON
)

// maxExcerpt bounds RowError.Value, in bytes.
const maxExcerpt = 100

// A RowError says why one row can't be written. Code and Message are
// Firehose's where it has one (Firehose developer guide, Record format
// conversion).
type RowError struct {
	Code    string // "DataFormatConversion.MalformedData" or ".ParseError"
	Message string
	Column  string // path such as "geo.lat"; "" for the whole row
	Value   string // the offending value, cut to 100 bytes
}

func (e *RowError) Error() string {
	if e.Column == "" {
		return e.Message
	}
	return fmt.Sprintf("column %s: %s", e.Column, e.Message)
}
