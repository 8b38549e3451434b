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
// columnBytes; that is looked at after checkRows rows or checkBytes of input.
const (
	columnBytes = 4 << 20
	checkRows   = 64
	checkBytes  = 64 << 10
)

// A columnWriter writes a file of columns: of Parquet or ORC.
type columnWriter interface {
	// Write adds all rows of c, which may be reused afterwards.
	Write(c *column.Columns) error
	// Held returns the bytes of memory that the writer holds.
	Held() int64
	// Close completes the file. It does not close what is written to.
	Close() error
	// Finish is Close, but keeps the memory for Reset, which begins another
	// file in to.
	Finish() error
	Reset(to io.Writer) error
}

// An orcWriter makes a writer anew for each file.
type orcWriter struct {
	*orc.Writer
	make func(to io.Writer) (*orc.Writer, error)
}

// Finish implements columnWriter.
func (w *orcWriter) Finish() error { return w.Close() }

// Reset implements columnWriter.
func (w *orcWriter) Reset(to io.Writer) (err error) {
	w.Writer, err = w.make(to)
	return err
}

// A columnar encoder writes a file of columns.
type columnar struct {
	columns *column.Columns
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
	if err := errors.Join(o.Schema.Check(), o.Schema.Flat()); err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	writer, err := newColumnWriter(o, w)
	if err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	e := &columnar{columns: column.New(o.Schema), writer: writer}
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
		begin := func(to io.Writer) (*orc.Writer, error) { return orc.NewWriter(to, o.Schema, o.ORC) }
		writer, err := begin(w)
		return &orcWriter{writer, begin}, err
	}
	return parquet.NewWriter(w, o.Schema, parquet.Options{
		Compression: o.Compression, RowGroupBytes: o.RowGroupBytes, PageBytes: o.PageBytes, Timestamps: o.Timestamps,
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
	if e.columns.Bytes() >= columnBytes {
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
func (e *columnar) Close() error { return e.close(e.writer.Close) }

// Finish implements [Reuser].
func (e *columnar) Finish() error { return e.close(e.writer.Finish) }

// Reset implements [Reuser].
func (e *columnar) Reset(_ string, w io.Writer) error {
	if !errors.Is(e.err, errClosed) {
		return errors.New("formats: reset of an encoder that is not finished")
	}
	e.err, e.written, e.input, e.seen = nil, 0, 0, 0
	if err := e.writer.Reset(w); err != nil {
		e.err = fmt.Errorf("formats: %w", err)
	}
	return e.err
}

func (e *columnar) close(writer func() error) error {
	if e.err != nil {
		return e.err
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.err = errClosed
	if err := writer(); err != nil {
		e.err = fmt.Errorf("formats: %w", err)
		return e.err
	}
	return nil
}
