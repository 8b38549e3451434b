// Package formats turns rows into the bytes of objects: Parquet from typed
// columns, JSON lines and raw bytes behind a codec. The columns themselves
// are in column, the Parquet writer in parquet.
package formats

import "hydrant/formats/column"

// An Encoder writes the rows of one object. One goroutine owns it.
type Encoder interface {
	// AppendData adds one row from a record's bytes. A [*RowError] means that
	// this row can't be written and nothing of it was; any other error means
	// that the object is lost and must be made anew.
	AppendData(data []byte) error
	// AppendFields adds one row from text cells in the order of the names that
	// the encoder was made with; nil is null. Errors as of AppendData.
	AppendFields(cells [][]byte) error
	// Rows returns how many rows were added.
	Rows() int64
	// Held returns the bytes of memory that the encoder holds.
	Held() int64
	// Close writes what is left, in the writer that the encoder was made
	// with. It does not close that writer.
	Close() error
}

// A RowError says why one row can't be written.
type RowError = column.RowError
