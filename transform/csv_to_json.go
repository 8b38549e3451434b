package transform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"hydrant/buffer"
)

// Codes of csv_to_json's failures.
const (
	CSVWrongFieldCount = "CsvToJson.WrongFieldCount" // the row has more or fewer cells than there are columns
	CSVMalformedRow    = "CsvToJson.MalformedRow"    // quotes don't pair
	CSVInvalidText     = "CsvToJson.InvalidText"     // the row isn't UTF-8, or has a NUL
	CSVBadHeader       = "CsvToJson.BadHeader"       // the record's header can't name columns; the whole record fails
)

// CSVOptions say what the CSV looks like.
type CSVOptions struct {
	Columns   []string          // names by position; empty: from the header
	Header    bool              // the first line of each record is a header, and no row
	Rename    map[string]string // name in the input -> name in the output
	SnakeCase bool              // other names become snake_case
	Delimiter byte              // 0: comma
	Quote     byte              // 0: double quote
	EmptyNull bool              // an empty cell without quotes is null
	Skip      []string          // columns left out, by either name
}

// CSVToJSON is transform "csv_to_json": each record is one or many lines of
// CSV (RFC 4180), each line becomes one JSON object of strings and nulls. A
// byte order mark at the record's start is skipped. A record without rows is
// dropped. The header belongs to the Source of the record's first row, an
// empty line to that of the row before it.
//
// Any number of goroutines may call Transform.
type CSVToJSON struct {
	o       CSVOptions
	scan    *csvScanner
	columns *csvColumns // nil: from each record's header
	want    []string    // cells that are emitted; nil: JSON
	runs    sync.Pool   // of *csvRun
}

// NewCSVToJSON checks o.
func NewCSVToJSON(o CSVOptions) (*CSVToJSON, error) {
	if o.Delimiter == 0 {
		o.Delimiter = ','
	}
	if o.Quote == 0 {
		o.Quote = '"'
	}
	t := &CSVToJSON{o: o, scan: newCSVScanner(o.Delimiter, o.Quote)}
	t.runs.New = func() any { return new(csvRun) }
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("transform: csv_to_json: %w", err)
	}
	if len(o.Columns) == 0 {
		return t, nil
	}
	columns, err := o.columns(o.Columns)
	if err != nil {
		return nil, fmt.Errorf("transform: csv_to_json: %w", err)
	}
	t.columns = columns
	return t, nil
}

func (o *CSVOptions) check() error {
	for name, c := range map[string]byte{"delimiter": o.Delimiter, "quote": o.Quote} {
		if c == '\n' || c == '\r' || c == '\\' || c >= utf8.RuneSelf {
			return fmt.Errorf("%s %q can't be used: it must be one ASCII character, no backslash and no line end", name, c)
		}
	}
	if o.Delimiter == o.Quote {
		return fmt.Errorf("delimiter and quote are both %q", o.Quote)
	}
	if len(o.Columns) == 0 {
		if !o.Header {
			return errors.New("columns have no names: give columns, or header = true")
		}
		return nil
	}
	for name := range o.Rename {
		if !slices.Contains(o.Columns, name) {
			return fmt.Errorf("rename: there is no column %q", name)
		}
	}
	for _, name := range o.Skip {
		if !slices.ContainsFunc(o.Columns, func(c string) bool { return c == name || o.rename(c) == name }) {
			return fmt.Errorf("skip: there is no column %q", name)
		}
	}
	return nil
}

// Fields implements [FieldEmitter]. They are nil when the names come from
// headers and SelectFields wasn't called.
func (t *CSVToJSON) Fields() []string {
	if t.want != nil || t.columns == nil {
		return t.want
	}
	return t.columns.output()
}

// EmitFields implements [FieldEmitter].
func (t *CSVToJSON) EmitFields(on bool) {
	if on {
		t.SelectFields(t.Fields())
		return
	}
	t.want = nil
	if t.columns != nil {
		t.columns = t.columns.selectFields(nil)
	}
}

// SelectFields implements [FieldEmitter]. It's possible for any names but none.
func (t *CSVToJSON) SelectFields(names []string) bool {
	if len(names) == 0 {
		return false
	}
	t.want = slices.Clone(names)
	if t.columns != nil {
		t.columns = t.columns.selectFields(t.want)
	}
	return true
}

// Transform implements [Transform].
func (t *CSVToJSON) Transform(ctx context.Context, in []buffer.Record, out Output) error {
	run := t.runs.Get().(*csvRun)
	defer t.runs.Put(run)
	run.t, run.out = t, out
	for i := range in {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := run.record(i, in[i].Data); err != nil {
			return err
		}
	}
	return nil
}
