// Package transform turns accepted records into rows. A [Chain] runs the
// transform blocks of a stream in order; each says of every record that it
// became one or several rows, was dropped, or failed with a reason.
package transform

import (
	"context"

	"hydrant/buffer"
)

// A Row is one result of a record: bytes, or the text cells of named columns.
type Row struct {
	// Data is the row as a record of its own (JSON, text, anything). It is
	// nil when Fields is set.
	Data []byte
	// Fields are cells by the names that the chain's Fields method returns;
	// nil is null. Only a chain whose last transform knows its columns, and
	// which was asked for cells, emits them.
	Fields [][]byte
	// Source is the part of the record's bytes that this row came from, for
	// the error archive and the ledger. The Sources of all results of a record
	// add up to the record.
	Source []byte
}

// A Failure is a row that could not be transformed.
type Failure struct {
	Transform string // the block's label, such as "csv_to_json"
	Code      string // such as "CsvToJson.WrongFieldCount"
	Message   string // what is wrong, with line number and text where there is one
	Line      int    // of the record, from 1, where the row begins; 0: not told
	Source    []byte
}

// Output takes the results of a transform. Arguments are valid until the
// call returns. Calls come in the order of the records, and of the rows in one.
type Output interface {
	Row(in int, r Row) error
	Fail(in int, f Failure) error
	Drop(in int, source []byte, reason string) error
}

// A Transform turns records into results.
type Transform interface {
	// Transform hands at least one result for each record of in to out; in
	// numbers them by their index. A returned error is about the
	// transform, not about a record: the batch is tried again later.
	Transform(ctx context.Context, in []buffer.Record, out Output) error
}

// A FieldEmitter is a Transform whose rows are cells of named columns. It can
// hand them on as they are, which spares writing and reading JSON.
type FieldEmitter interface {
	// Fields returns the names of the cells that rows carry when asked for
	// them; nil when they aren't known beforehand.
	Fields() []string
	// EmitFields chooses whether rows carry Fields or Data. It is called
	// before the first Transform.
	EmitFields(on bool)
	// SelectFields asks for cells in the order of names, whatever order the
	// input has and whether its columns are known beforehand: a name that the
	// input doesn't have is null, a column that isn't named is left out. It
	// implies EmitFields(true), and says whether that is possible.
	SelectFields(names []string) bool
}
