package ndjson

import (
	"bufio"
	"io"
	"net/http"
)

// A lineReader splits a body into records.
type lineReader struct {
	r      *bufio.Reader
	fit    func(need int) (room int, err error) // allows long to grow
	long   []byte                               // the parts of a line that is longer than r's buffer
	line   int64                                // number of the line that was read last, from 1
	filled int64                                // number of the last line whose record is in the frame
}

// next returns the next line that is not empty, without its end. It is valid
// until the next call. io.EOF says that there are no more.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.read()
		if err != nil {
			return nil, err
		}
		if len(line) > MaxRecordBytes {
			return nil, l.tooLong()
		}
		if len(line) > 0 {
			return line, nil
		}
	}
}

// read returns the next line, or io.EOF.
func (l *lineReader) read() ([]byte, error) {
	l.line++
	line, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line, err = l.readLong(line)
	}
	switch {
	case err == nil:
		return withoutEnd(line), nil
	case err != io.EOF:
		return nil, err
	case len(line) > 0:
		return line, nil // the last line, which does not end
	}
	return nil, io.EOF
}

func withoutEnd(line []byte) []byte {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// readLong goes on with a line that fills r's buffer.
func (l *lineReader) readLong(part []byte) ([]byte, error) {
	if err := l.keep(l.long[:0], part); err != nil {
		return nil, err
	}
	for {
		part, err := l.r.ReadSlice('\n')
		if err := l.keep(l.long, part); err != nil {
			return nil, err
		}
		if len(l.long) > MaxRecordBytes+len("\r\n") {
			return nil, l.tooLong()
		}
		if err != bufio.ErrBufferFull {
			return l.long, err
		}
	}
}

// keep makes long what there is of the line, and part.
func (l *lineReader) keep(line, part []byte) error {
	if need := len(line) + len(part); need > cap(line) {
		room, err := l.fit(need)
		if err != nil {
			return err
		}
		line = append(make([]byte, 0, max(room, need)), line...)
	}
	l.long = append(line, part...)
	return nil
}

func (l *lineReader) tooLong() error {
	return refuse(http.StatusRequestEntityTooLarge, "RecordTooLarge", "Line %d is longer than %d bytes, the most that a record may have.", l.line, MaxRecordBytes)
}
