package firehose

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a member that is skipped.
const maxDepth = 128

// A scanner reads one JSON text (RFC 8259) from front to back. It resolves
// escapes in place, so it changes src; what it returns are parts of src.
type scanner struct {
	src []byte
	pos int
}

// A syntaxError says at which byte the body stops being what it should be.
type syntaxError struct {
	pos  int
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.pos, e.text) }

func (s *scanner) fail(text string) error { return &syntaxError{s.pos, text} }

// next skips white space and returns the byte there, or 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// open steps into an array or object; what says which member is wrong.
func (s *scanner) open(bracket byte, wrong string) error {
	if s.next() != bracket {
		return s.fail(wrong)
	}
	s.pos++
	return nil
}

// element steps to the next element of an array, or past its end.
func (s *scanner) element(first bool) (more bool, err error) {
	return s.step(first, ']', "expected , or ] after an element")
}

func (s *scanner) step(first bool, end byte, wrong string) (more bool, err error) {
	c := s.next()
	switch {
	case c == end:
		s.pos++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, s.fail(wrong)
	}
	s.pos++
	if s.next() == end {
		return false, s.fail("a comma before the end")
	}
	return true, nil
}

// member steps to the next member of an object and returns its name, or past
// the object's end.
func (s *scanner) member(first bool) (name []byte, more bool, err error) {
	more, err = s.step(first, '}', "expected , or } after a member")
	if !more || err != nil {
		return nil, false, err
	}
	if s.next() != '"' {
		return nil, false, s.fail("expected a member's name in quotes")
	}
	if name, err = s.text(); err != nil {
		return nil, false, err
	}
	if s.next() != ':' {
		return nil, false, s.fail("expected : after a member's name")
	}
	s.pos++
	return name, true, nil
}

// null steps over a null, if that is next.
func (s *scanner) null() bool {
	if s.next() == 'n' && bytes.HasPrefix(s.src[s.pos:], []byte("null")) {
		s.pos += len("null")
		return true
	}
	return false
}

// text reads the string whose opening quote is next.
func (s *scanner) text() ([]byte, error) {
	start := s.pos + 1
	for i := start; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			return s.src[start:i], nil
		case c == '\\':
			return s.escapedText(start, i)
		case c < ' ':
			s.pos = i
			return nil, s.fail("a control character in a string")
		}
	}
	s.pos = len(s.src)
	return nil, s.fail("a string without an end")
}

// escapedText goes on with a string from its first backslash on. What is
// resolved is never longer than its escape, so it is written over it.
func (s *scanner) escapedText(start, backslash int) ([]byte, error) {
	out := s.src[start:backslash]
	for i := backslash; i < len(s.src); {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			return out, nil
		case c == '\\':
			s.pos = i
			var n int
			var err error
			if out, n, err = s.escape(out); err != nil {
				return nil, err
			}
			i += n
		case c < ' ':
			s.pos = i
			return nil, s.fail("a control character in a string")
		default:
			out = append(out, c)
			i++
		}
	}
	s.pos = len(s.src)
	return nil, s.fail("a string without an end")
}

// escape appends what the escape at pos stands for, and returns its length.
func (s *scanner) escape(out []byte) ([]byte, int, error) {
	rest := s.src[s.pos:]
	if len(rest) < 2 {
		return nil, 0, s.fail("a string without an end")
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), rest[1]); i >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), 2, nil
	}
	r := hexRune(rest)
	if r < 0 {
		return nil, 0, s.fail("an escape that JSON does not have")
	}
	n := 6
	if r >= 0xD800 && r < 0xE000 { // half of a pair, or invalid
		low := hexRune(rest[6:])
		if r < 0xDC00 && low >= 0xDC00 && low < 0xE000 {
			r, n = (r-0xD800)<<10|(low-0xDC00)+0x10000, 12
		} else {
			r = utf8.RuneError
		}
	}
	return utf8.AppendRune(out, r), n, nil
}

// hexRune reads \uXXXX, or returns -1.
func hexRune(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range b[2:6] {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r |= rune(c|0x20-'a') + 10
		default:
			return -1
		}
	}
	return r
}

// end checks that nothing follows.
func (s *scanner) end() error {
	if s.next() != 0 || s.pos < len(s.src) {
		return s.fail("something follows the request's object")
	}
	return nil
}
