// Package formats turns rows into the bytes of objects: Parquet and ORC from
// typed columns, JSON lines and raw bytes behind a codec. The columns
// themselves are in column, the writers of columns in parquet and orc.
//
// The same rows give the same bytes: nothing of the time, the host or an
// earlier object is in them, so that an object can be made anew after a crash.
package formats

import (
	"fmt"
	"io"

	"hydrant/formats/column"
	"hydrant/formats/orc"
)

// An Encoder writes the rows of one object. One goroutine owns it.
type Encoder interface {
	// AppendData adds the row of a record's bytes; of JSON values that follow
	// each other, each is a row. A [*RowError] means that the data can't be
	// written and nothing of it was; any other error means that the object is
	// lost and must be made anew.
	AppendData(data []byte) error
	// AppendParts adds the rows that follow each other in data, each of which
	// succeeds or fails by itself, and calls done for each with its part of
	// data (the parts add up to data) and nil or a [*RowError]. A returned
	// error means that the object is lost.
	AppendParts(data []byte, done func(part []byte, err error)) error
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

// A Reuser is an Encoder that writes one object after the other in the same
// memory, as far as its format can: those of this package are. The rows of an object do not depend on the
// ones before it; where the row groups of a large one end may, since that is
// decided by the memory held.
type Reuser interface {
	Encoder
	// Finish is Close, but keeps the memory for Reset.
	Finish() error
	// Reset begins another object, which Options.ObjectName would call object,
	// in w. Finish has returned nil.
	Reset(object string, w io.Writer) error
}

// A RowError says why one row can't be written.
type RowError = column.RowError

// The kinds of format.
const (
	JSON    = "json"    // one JSON value a line
	Raw     = "raw"     // bytes as they are, each row followed by the delimiter
	Parquet = "parquet" // columns of a schema
	ORC     = "orc"     // columns of a schema
)

// Options say what an encoder writes.
type Options struct {
	Kind        string // JSON, Raw, Parquet or ORC
	Compression string // JSON, Raw: one of Compressions; Parquet: none, snappy, gzip, zstd; ORC: none, zlib, snappy, lz4, zstd; "" is the kind's default, none or snappy
	Delimiter   string // Raw: after each row; JSON always has a line feed

	Schema *column.Schema // Parquet, ORC; others take any row
	Fields []string       // names of the cells of AppendFields

	// Parquet only; 0 and "" are the defaults of package parquet.
	RowGroupBytes, PageBytes int64
	Timestamps               string

	ORC orc.Options // ORC only; its Compression is the one above

	ObjectName string // key of the object, which names the entry of a zip
}

// New returns an encoder that writes one object to w.
func New(o Options, w io.Writer) (Encoder, error) {
	switch o.Kind {
	case JSON, Raw:
		return newText(o, w)
	case Parquet, ORC:
		return newColumnar(o, w)
	}
	return nil, fmt.Errorf("formats: unknown format %q; formats are %s, %s, %s, %s", o.Kind, JSON, Raw, Parquet, ORC)
}
