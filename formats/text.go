package formats

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"hydrant/formats/column"
)

// textBuffer is how many bytes are gathered for the codec.
const textBuffer = 64 << 10

var errClosed = errors.New("formats: encoder is closed")

// A text encoder writes rows of bytes behind a codec: JSON lines, or raw rows.
type text struct {
	delimiter string
	fields    []string
	codec     codec
	out       *bufio.Writer
	stream    io.WriteCloser // the codec's, below out

	raw   bool
	split column.Splitter // JSON
	add   func(b []byte)  // the method line
	lines []byte          // rows of the record in progress
	fresh int64           // how many they are
	rows  int64
	err   error // sticky: set by the first failed write, and by Close
}

func newText(o Options, w io.Writer) (Encoder, error) {
	c, err := findCodec(o.Compression)
	if err != nil {
		return nil, err
	}
	for _, name := range o.Fields {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("formats: field name %q is not UTF-8", name)
		}
	}
	stream, err := c.open(o.ObjectName, w)
	if err != nil {
		return nil, fmt.Errorf("formats: %s: %w", c.name, err)
	}
	e := &text{delimiter: o.Delimiter, fields: o.Fields, codec: c, stream: stream, out: bufio.NewWriterSize(stream, textBuffer), raw: o.Kind == Raw}
	e.add = e.line
	if o.Kind == JSON {
		e.delimiter = "\n"
	}
	return e, nil
}

// AppendData implements [Encoder].
func (e *text) AppendData(data []byte) error {
	if e.err != nil {
		return e.err
	}
	if e.raw {
		e.line(data)
		return e.commit()
	}
	var first error
	e.split.Split(data, e.add, func(_ []byte, err error) {
		if first == nil {
			first = err
		}
	})
	if first != nil {
		e.lines, e.fresh = e.lines[:0], 0
		return first
	}
	return e.commit()
}

// AppendParts implements [Encoder]. Raw data is always one part.
func (e *text) AppendParts(data []byte, done func(part []byte, err error)) error {
	if e.err != nil {
		return e.err
	}
	if e.raw {
		e.line(data)
		done(data, nil)
	} else {
		e.split.Split(data, e.add, done)
	}
	return e.commit()
}

// AppendFields implements [Encoder]: the row is a JSON object of strings.
func (e *text) AppendFields(cells [][]byte) error {
	if e.err != nil {
		return e.err
	}
	if len(cells) != len(e.fields) {
		return &RowError{Code: column.MalformedData, Message: fmt.Sprintf("The row has %d fields where %d are expected.", len(cells), len(e.fields))}
	}
	for i, cell := range cells {
		if !utf8.Valid(cell) {
			return &RowError{Code: column.ParseError, Message: "The field is not valid UTF-8.", Column: e.fields[i], Value: column.Excerpt(cell)}
		}
	}
	e.lines = column.AppendJSONObject(e.lines, e.fields, cells)
	e.line(nil)
	return e.commit()
}

// line ends a row of the record in progress with b.
func (e *text) line(b []byte) {
	e.lines = append(append(e.lines, b...), e.delimiter...)
	e.fresh++
}

// commit writes the rows of the record in progress.
func (e *text) commit() error {
	if _, err := e.out.Write(e.lines); err != nil {
		e.err = fmt.Errorf("formats: %s: %w", e.codec.name, err)
	} else {
		e.rows += e.fresh
	}
	e.lines, e.fresh = e.lines[:0], 0
	return e.err
}

// Finish implements [Reuser].
func (e *text) Finish() error { return e.Close() }

// Reset implements [Reuser].
func (e *text) Reset(object string, w io.Writer) error {
	if !errors.Is(e.err, errClosed) {
		return errors.New("formats: reset of an encoder that is not finished")
	}
	if codec, ok := e.stream.(interface{ Reset(io.Writer) }); ok {
		codec.Reset(w)
	} else {
		stream, err := e.codec.open(object, w)
		if err != nil {
			return fmt.Errorf("formats: %s: %w", e.codec.name, err)
		}
		e.stream = stream
	}
	e.out.Reset(e.stream)
	e.lines, e.fresh, e.rows, e.err = e.lines[:0], 0, 0, nil
	return nil
}

// Rows implements [Encoder].
func (e *text) Rows() int64 { return e.rows }

// Held implements [Encoder].
func (e *text) Held() int64 {
	return textBuffer + e.codec.held + int64(cap(e.lines)+e.split.Held())
}

// Close implements [Encoder].
func (e *text) Close() error {
	if e.err != nil {
		return e.err
	}
	err := e.out.Flush()
	if err == nil {
		err = e.stream.Close()
	}
	e.err = errClosed
	if err != nil {
		e.err = fmt.Errorf("formats: %s: %w", e.codec.name, err)
		return e.err
	}
	return nil
}
