// Package errorsink is the archive of what failed: the layout of an entry (as
// Firehose writes it), the writer that delivery stages entries with, and the
// reader that shows them.
package errorsink

import "time"

// The kinds of failure; each is a value of !{firehose:error-output-type}.
const (
	ProcessingFailed       = "processing-failed"        // a transform, Firehose developer guide, Data transformation
	FormatConversionFailed = "format-conversion-failed" // a row that is not of the schema
	DeliveryFailed         = "delivery-failed"          // the destination refused it for good
	BufferDamaged          = "buffer-damaged"           // bytes of the log that do not match their checksum
)

// An Entry is one archived record or row.
type Entry struct {
	Type      string // one of the constants above
	Code      string // such as "DataFormatConversion.MalformedData"
	Message   string
	Attempts  int       // tries made, at least 1
	Arrival   time.Time // when the record was accepted
	Ended     time.Time // when the last try ended
	Raw       []byte    // the record or row as it was before what failed
	RecordID  string    // of the record it came from
	Transform string    // ProcessingFailed: the block's label
	Column    string    // FormatConversionFailed: the column's path
	Line      int       // line within the record, from 1; 0: not told
}
