package errorsink

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// MaxLine bounds a line of the archive, in bytes.
const MaxLine = 64 << 20

// A LineError says that one line of the archive can't be read. The reader goes
// on behind it.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("errorsink: line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// A Reader reads an object of the archive, ours or Firehose's, of any kind and
// in any spelling that was seen: errorCode and lastErrorCode, lambdaArn and
// lambdaARN, numbers as text.
type Reader struct {
	in   *bufio.Reader
	line int
	buf  []byte
}

// NewReader returns a reader of NDJSON that is not compressed.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, 1<<16)} }

// Next returns the next entry, and io.EOF after the last. After a [*LineError]
// it can be called again; any other error is the underlying reader's.
func (r *Reader) Next() (Entry, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return Entry{}, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			return Entry{}, &LineError{r.line, err}
		}
		return e, nil
	}
}

// readLine returns the next line, valid until the next call. A line that is
// too long is read to its end and not kept.
func (r *Reader) readLine() ([]byte, error) {
	r.buf = r.buf[:0]
	r.line++
	tooLong := false
	for {
		part, err := r.in.ReadSlice('\n')
		if tooLong = tooLong || len(r.buf)+len(part) > MaxLine; !tooLong {
			r.buf = append(r.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(r.buf) == 0 && !tooLong):
			return nil, err
		case tooLong:
			return nil, &LineError{r.line, fmt.Errorf("it has more than %d bytes", MaxLine)}
		}
		return r.buf, nil
	}
}

// archived has all members of all layouts. Names match in any case of letters.
type archived struct {
	AttemptsMade           number
	ArrivalTimestamp       number
	ErrorCode              string
	ErrorMessage           string
	LastErrorCode          string
	LastErrorMessage       string
	AttemptEndingTimestamp number
	RawData                []byte
	SequenceNumber         string
	RecordID               string
	Transform              string
	LambdaARN              string
	Column                 string
	Line                   number
	ErrorOutputType        string
}

func parseEntry(line []byte) (Entry, error) {
	var a archived
	if err := json.Unmarshal(line, &a); err != nil {
		return Entry{}, err
	}
	if a.RawData == nil {
		return Entry{}, errors.New("it has no rawData")
	}
	e := Entry{
		Type:      a.ErrorOutputType,
		Code:      first(a.ErrorCode, a.LastErrorCode),
		Message:   first(a.ErrorMessage, a.LastErrorMessage),
		Attempts:  int(a.AttemptsMade),
		Arrival:   a.ArrivalTimestamp.time(),
		Ended:     a.AttemptEndingTimestamp.time(),
		Raw:       a.RawData,
		RecordID:  first(a.RecordID, a.SequenceNumber),
		Transform: first(a.Transform, a.LambdaARN),
		Column:    a.Column,
		Line:      int(a.Line),
	}
	if e.Type == "" {
		e.Type = ProcessingFailed
		if a.LastErrorCode != "" {
			e.Type = FormatConversionFailed
		}
	}
	return e, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// A number is an integer, also written as text.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if text == "" || text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	*n = number(v)
	return err
}

func (n number) time() time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n)).UTC()
}
