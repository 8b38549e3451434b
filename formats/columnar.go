package formats

import (
	"errors"
	"fmt"
	"io"

	"hydrant/formats/column"
	"hydrant/formats/orc"
	"hydrant/formats/parquet"
)

// Rows are gathered as columns and handed to the file's writer when they take
// leafBytes for each column, within bounds: few enough that a processor's
// cache still has them, and enough for a column to be worth the turn. That is
// looked at after checkRows rows or checkBytes of input.
const (
	leafBytes      = 16 << 10
	minColumnBytes = 256 << 10
	maxColumnBytes = 4 << 20
	checkRows      = 64
	checkBytes     = 64 << 10
)

// A columnWriter writes a file of columns: of Parquet or ORC.
type columnWriter interface {
	// Write adds all rows of c, which may be reused afterwards.
	Write(c *column.Columns) error
	// Held returns the bytes of memory that the writer holds.
	Held() int64
	// Close completes the file. It does not close what is written to.
	Close() error
}

// A columnar encoder writes a file of columns.
type columnar struct {
	columns *column.Columns
	enough  int // bytes of columns that writer gets at once
	writer  columnWriter
	times   []int // leaves whose values may be what ORC can't hold
	written int64 // rows handed to writer
	input   int   // bytes since the columns were looked at
	seen    int   // rows then
	err     error // sticky: set by the first failed write, and by Close
}

func newColumnar(o Options, w io.Writer) (Encoder, error) {
	if o.Schema == nil {
		return nil, fmt.Errorf("formats: %s needs a schema", o.Kind)
	}
	if err := o.Schema.Check(); err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	writer, err := newColumnWriter(o, w)
	if err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	e := &columnar{columns: column.New(o.Schema), writer: writer}
	e.enough = min(max(len(e.columns.Leaves)*leafBytes, minColumnBytes), maxColumnBytes)
	e.columns.BindFields(o.Fields)
	for i, c := range o.Schema.Columns {
		if o.Kind == ORC && c.Type.Kind == column.Timestamp {
			e.times = append(e.times, i)
		}
	}
	return e, nil
}

func newColumnWriter(o Options, w io.Writer) (columnWriter, error) {
	if o.Kind == ORC {
		o.ORC.Compression = o.Compression
		return orc.NewWriter(w, o.Schema, o.ORC)
	}
	return parquet.NewWriter(w, o.Schema, parquet.Options{
		Compression: o.Compression, RowGroupBytes: o.RowGroupBytes, PageBytes: o.PageBytes, Timestamps: o.Timestamps,
		PageVersion: o.PageVersion, ListNames: o.ListNames, DictionaryBytes: o.DictionaryBytes, BloomFilters: o.BloomFilters,
	})
}

// refuse takes back the last row when the format can't hold it, and says why.
func (e *columnar) refuse() error {
	for _, i := range e.times {
		l := &e.columns.Leaves[i]
		if n := len(l.Ints); n > 0 && l.Def[len(l.Def)-1] == l.MaxDef && !orc.Storable(l.Ints[n-1], l.Nanos[n-1]) {
			e.columns.Truncate(e.columns.Rows() - 1)
			return &RowError{
				Code:    column.MalformedData,
				Message: "Data does not match the schema. ORC can't hold a time in the last second before 1970 that is not in its first millisecond.",
				Column:  l.Path[0],
			}
		}
	}
	return nil
}

// refusing adds to done that rows which the format can't hold are refused.
func (e *columnar) refusing(done func(part []byte, err error)) func(part []byte, err error) {
	if len(e.times) == 0 {
		return done
	}
	return func(part []byte, err error) {
		if err == nil {
			err = e.refuse()
		}
		done(part, err)
	}
}

// AppendData implements [Encoder].
func (e *columnar) AppendData(data []byte) error {
	var first error
	rows := 0
	err := e.append(len(data), func() error {
		rows = e.columns.Rows()
		return e.columns.AppendJSONMany(data, e.refusing(func(_ []byte, err error) {
			if first == nil {
				first = err
			}
		}))
	})
	if err != nil || first == nil {
		return err
	}
	e.columns.Truncate(rows)
	return first
}

// AppendParts implements [Encoder].
func (e *columnar) AppendParts(data []byte, done func(part []byte, err error)) error {
	if err := e.room(len(data)); err != nil {
		return err
	}
	refusing := e.refusing(done)
	err := e.columns.AppendJSONMany(data, refusing)
	if errors.Is(err, column.ErrFull) {
		if err = e.flush(); err != nil {
			return err
		}
		err = e.columns.AppendJSONMany(data, refusing)
	}
	if errors.Is(err, column.ErrFull) {
		done(data, tooLarge(len(data)))
		return nil
	}
	return err
}

// AppendFields implements [Encoder].
func (e *columnar) AppendFields(cells [][]byte) error {
	size := 0
	for _, cell := range cells {
		size += len(cell)
	}
	if err := e.append(size, func() error { return e.columns.AppendFields(cells) }); err != nil {
		return err
	}
	return e.refuse()
}

// append makes room for n bytes of rows and adds them by add.
func (e *columnar) append(n int, add func() error) error {
	if err := e.room(n); err != nil {
		return err
	}
	err := add()
	if errors.Is(err, column.ErrFull) {
		if err := e.flush(); err != nil {
			return err
		}
		if err = add(); errors.Is(err, column.ErrFull) {
			return tooLarge(n)
		}
	}
	return err
}

func tooLarge(n int) error {
	return &RowError{Code: column.MalformedData, Message: fmt.Sprintf("The record has %d bytes; at most %d can be converted.", n, column.MaxInput)}
}

// room makes room for n bytes of rows. Rows go to the writer before others are
// added, never after it: so what was added can be taken back.
func (e *columnar) room(n int) error {
	if e.err != nil {
		return e.err
	}
	e.input += n
	if e.columns.Rows() < e.seen+checkRows && e.input < checkBytes {
		return nil
	}
	if e.columns.Bytes() >= e.enough {
		if err := e.flush(); err != nil {
			return err
		}
	}
	e.input, e.seen = 0, e.columns.Rows()
	return nil
}

// flush hands all rows to the writer.
func (e *columnar) flush() error {
	rows := e.columns.Rows()
	if err := e.writer.Write(e.columns); err != nil {
		e.err = fmt.Errorf("formats: %w", err)
		return e.err
	}
	e.written += int64(rows)
	e.columns.Reset()
	return nil
}

// Rows implements [Encoder].
func (e *columnar) Rows() int64 { return e.written + int64(e.columns.Rows()) }

// Held implements [Encoder].
func (e *columnar) Held() int64 { return int64(e.columns.Held()) + e.writer.Held() }

// Close implements [Encoder].
func (e *columnar) Close() error {
	if e.err != nil {
		return e.err
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.err = errClosed
	if err := e.writer.Close(); err != nil {
		e.err = fmt.Errorf("formats: %w", err)
		return e.err
	}
	return nil
}
