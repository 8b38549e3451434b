package sender

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Lines yields the lines of r as records, without their line end. Blank lines
// are left out and counted.
type Lines struct {
	Keep  bool  // keep the line end as part of the record
	Skip  int   // lines to leave out at the head
	Blank int64 // blank lines that were left out

	// Seen is called with the bytes that were read for each record, if set.
	Seen func(n int)
	r    *bufio.Reader
}

// NewLines returns the lines of r.
func NewLines(r io.Reader) *Lines { return &Lines{r: bufio.NewReaderSize(r, 256<<10)} }

// Next returns the next line. A line that is longer than the API takes comes
// back cut to a little more than that, so that the sender refuses it; the rest of
// it is read over and not held in memory.
func (l *Lines) Next() ([]byte, error) {
	for {
		line, err := l.line()
		if err != nil {
			return nil, err
		}
		if l.Skip > 0 {
			l.Skip--
			continue
		}
		bare := bytes.TrimRight(line, "\r\n")
		if len(bare) == 0 {
			l.Blank++
			continue
		}
		if l.Keep {
			return line, nil
		}
		return trimEnd(line), nil
	}
}

// trimEnd takes one line end off.
func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// maxLine leaves room for a line end after a record of the largest size.
const maxLine = MaxRecordBytes + 2

// line reads up to the next line end or the end of the input.
func (l *Lines) line() ([]byte, error) {
	var line []byte
	n := 0
	for {
		part, err := l.r.ReadSlice('\n')
		n += len(part)
		line = append(line, part[:min(len(part), maxLine+1-len(line))]...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (err != io.EOF || n == 0) {
			return nil, err
		}
		if l.Seen != nil {
			l.Seen(n)
		}
		return line, nil
	}
}

// Slice yields records that are already in memory.
type Slice struct{ Records [][]byte }

// Next returns the next record.
func (s *Slice) Next() ([]byte, error) {
	if len(s.Records) == 0 {
		return nil, io.EOF
	}
	r := s.Records[0]
	s.Records = s.Records[1:]
	return r, nil
}
