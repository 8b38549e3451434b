package column

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A valueReader takes the JSON value at index i of the scanner that it reads.
// It returns the index behind the value, -1 if that isn't known. valid says
// that the document is UTF-8.
type valueReader interface {
	value(i int, valid bool) (end int, err error)
}

// parts hands the values of doc, which is loaded, to r one after another, and
// what r says of each to done.
func (s *scanner) parts(doc []byte, r valueReader, done func(part []byte, err error)) {
	valid := s.isASCII() || utf8.Valid(doc)
	if s.blank(0) == s.n {
		done(doc, s.noObject(s.n))
		return
	}
	for start := 0; start < s.n; {
		i := s.blank(start)
		end, err := r.value(i, valid)
		if end < 0 {
			end = s.resume(i)
		}
		end = s.blank(end)
		done(doc[start:end], err)
		start = end
	}
}

// resume returns where reading goes on after a value from i on that is no
// JSON: at the next line that begins with an object. No string holds a
// line feed, so that is not inside of one.
func (s *scanner) resume(i int) int {
	if n := bytes.Index(s.doc[i:s.n], []byte("\n{")); n >= 0 {
		return i + n + 1
	}
	return s.n
}

// parseError is the last fault as Firehose tells it.
func (s *scanner) parseError() *RowError {
	return &RowError{
		Code:    ParseError,
		Message: fmt.Sprintf("Encountered malformed JSON. At byte %d: %s.", s.at, s.why),
		Value:   Excerpt(s.doc[s.at:s.n]),
	}
}

// noObject explains a top-level value that is no object.
func (s *scanner) noObject(i int) *RowError {
	what := "a primitive"
	switch {
	case i == s.n:
		return &RowError{Code: MalformedData, Message: "The record was empty or contained only whitespace."}
	case s.doc[i] == '[':
		what = "an array"
	}
	return &RowError{
		Code:    MalformedData,
		Message: "The input JSON contained " + what + " at the top level; the top level must be an object.",
		Value:   Excerpt(s.doc[i:s.n]),
	}
}

// checkUTF8 returns a fault if the value at i, which has to be JSON for that,
// is not UTF-8.
func (s *scanner) checkUTF8(i int) *RowError {
	end := s.skip(i, 0)
	if end < 0 || utf8.Valid(s.doc[i:end]) {
		return nil
	}
	for i < end {
		r, size := utf8.DecodeRune(s.doc[i:end])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	s.fail(i, "invalid UTF-8")
	return s.parseError()
}

// A Splitter finds the JSON values that follow each other in a record. The
// zero value is ready. One goroutine owns it.
type Splitter struct {
	s   scanner
	out []byte
	to  func(value []byte)
}

// Split calls add for each JSON value of doc, as one line without a line feed,
// and done as [Columns.AppendJSONMany] does. The value is valid during the call.
func (p *Splitter) Split(doc []byte, add func(value []byte), done func(part []byte, err error)) {
	p.s.load(doc)
	p.to = add
	p.s.parts(doc, p, done)
	p.to = nil
}

func (p *Splitter) value(i int, valid bool) (end int, err error) {
	if end = p.s.skip(i, 0); end < 0 {
		return -1, p.s.parseError()
	}
	if !valid {
		if bad := p.s.checkUTF8(i); bad != nil {
			return end, bad
		}
	}
	value := p.s.doc[i:end]
	if bytes.IndexByte(value, '\n') >= 0 || bytes.IndexByte(value, '\r') >= 0 {
		p.out = p.s.appendCompact(p.out[:0], i, end, false)
		value = p.out
	}
	p.to(value)
	return end, nil
}

// Held returns how many bytes of memory the splitter holds.
func (p *Splitter) Held() int { return cap(p.s.doc) + cap(p.out) }
