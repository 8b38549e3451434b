package formats

import (
	"errors"
	"fmt"
	"io"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// Rows are gathered as columns and handed to the Parquet writer when they take
// columnBytes; that is looked at after checkRows rows or checkBytes of input.
const (
	columnBytes = 4 << 20
	checkRows   = 64
	checkBytes  = 64 << 10
)

// A columnar encoder writes Parquet.
type columnar struct {
	columns *column.Columns
	writer  *parquet.Writer
	written int64 // rows handed to writer
	input   int   // bytes since the columns were looked at
	seen    int   // rows then
	err     error // sticky: set by the first failed write, and by Close
}

func newParquet(o Options, w io.Writer) (Encoder, error) {
	if o.Schema == nil {
		return nil, errors.New("formats: parquet needs a schema")
	}
	if err := errors.Join(o.Schema.Check(), o.Schema.Flat()); err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	pw, err := parquet.NewWriter(w, o.Schema, parquet.Options{
		Compression: o.Compression, RowGroupBytes: o.RowGroupBytes, PageBytes: o.PageBytes, Timestamps: o.Timestamps,
	})
	if err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	e := &columnar{columns: column.New(o.Schema), writer: pw}
	e.columns.BindFields(o.Fields)
	return e, nil
}

// AppendData implements [Encoder].
func (e *columnar) AppendData(data []byte) error {
	var first error
	rows := 0
	err := e.append(len(data), func() error {
		rows = e.columns.Rows()
		return e.columns.AppendJSONMany(data, func(_ []byte, err error) {
			if first == nil {
				first = err
			}
		})
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
	err := e.columns.AppendJSONMany(data, done)
	if errors.Is(err, column.ErrFull) {
		if err = e.flush(); err != nil {
			return err
		}
		err = e.columns.AppendJSONMany(data, done)
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
	return e.append(size, func() error { return e.columns.AppendFields(cells) })
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
