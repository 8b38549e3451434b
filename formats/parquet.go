package formats

import (
	"errors"
	"fmt"
	"io"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// Rows are gathered as columns and handed to the Parquet writer when they take
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

// A columnar encoder writes Parquet.
type columnar struct {
	columns *column.Columns
	enough  int // bytes of columns that writer gets at once
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
	if err := o.Schema.Check(); err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	pw, err := parquet.NewWriter(w, o.Schema, parquet.Options{
		Compression: o.Compression, RowGroupBytes: o.RowGroupBytes, PageBytes: o.PageBytes, Timestamps: o.Timestamps,
		PageVersion: o.PageVersion, ListNames: o.ListNames, DictionaryBytes: o.DictionaryBytes, BloomFilters: o.BloomFilters,
	})
	if err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	e := &columnar{columns: column.New(o.Schema), writer: pw}
	e.enough = min(max(len(e.columns.Leaves)*leafBytes, minColumnBytes), maxColumnBytes)
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
