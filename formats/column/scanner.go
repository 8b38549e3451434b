package column

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// maxDepth bounds how deep JSON values nest.
const maxDepth = 512

// padding follows a scanner's copy of a document: NULs, which JSON never
// contains outside of an escape. So every loop stops there by itself, and
// eight bytes can be loaded anywhere in the document.
const padding = 16

// A scanner walks over one JSON document. Its methods take the index at which
// a thing begins and return the index behind it, or -1 after a fault. One
// goroutine owns it.
type scanner struct {
	doc []byte // the document and its padding
	n   int    // length of the document
	at  int    // where the last fault is
	why string // what it is
}

// load copies doc into the scanner.
func (s *scanner) load(doc []byte) {
	s.n = len(doc)
	if cap(s.doc) < s.n+padding {
		s.doc = make([]byte, s.n+padding, s.n+s.n/4+1024)
	}
	s.doc = s.doc[:s.n+padding]
	copy(s.doc, doc)
	clear(s.doc[s.n:])
}

// fail notes the fault and returns -1.
func (s *scanner) fail(at int, why string) int {
	s.at, s.why = min(at, s.n), why
	return -1
}

// unexpected notes what is at i in place of what was wanted.
func (s *scanner) unexpected(i int, wanted string) int {
	if i >= s.n {
		return s.fail(s.n, "the text ends where "+wanted+" is expected")
	}
	r, _ := utf8.DecodeRune(s.doc[i:])
	return s.fail(i, fmt.Sprintf("found %q where %s is expected", r, wanted))
}

// blank returns the index of the first byte from i on that is no white space.
func (s *scanner) blank(i int) int {
	for doc := s.doc; doc[i] <= ' '; i++ {
		if c := doc[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
	}
	return i
}

// skip returns the index behind the value that begins at i, having checked
// all of its syntax. depth counts the values around it.
func (s *scanner) skip(i, depth int) int {
	switch c := s.doc[i]; c {
	case '"':
		end, _ := s.stringEnd(i + 1)
		if end < 0 {
			return -1
		}
		return end + 1
	case '{':
		return s.skipObject(i, depth+1)
	case '[':
		return s.skipArray(i, depth+1)
	case 't':
		return s.literal(i, "true")
	case 'f':
		return s.literal(i, "false")
	case 'n':
		return s.literal(i, "null")
	default:
		if c == '-' || c-'0' <= 9 {
			return s.numberEnd(i)
		}
		return s.unexpected(i, "a value")
	}
}

func (s *scanner) skipObject(i, depth int) int {
	if depth > maxDepth {
		return s.fail(i, "values nest too deep")
	}
	if i = s.blank(i + 1); s.doc[i] == '}' {
		return i + 1
	}
	for {
		if i = s.skipKey(i); i < 0 {
			return -1
		}
		if i = s.skip(i, depth); i < 0 {
			return -1
		}
		switch i = s.blank(i); s.doc[i] {
		case ',':
			i = s.blank(i + 1)
		case '}':
			return i + 1
		default:
			return s.unexpected(i, "a comma or the end of the object")
		}
	}
}

// skipKey returns the index of the value whose key begins at i.
func (s *scanner) skipKey(i int) int {
	if s.doc[i] != '"' {
		return s.unexpected(i, "a key in quotes")
	}
	end, _ := s.stringEnd(i + 1)
	if end < 0 {
		return -1
	}
	return s.colon(end + 1)
}

// colon returns the index of the value that follows the colon at i.
func (s *scanner) colon(i int) int {
	if i = s.blank(i); s.doc[i] != ':' {
		return s.unexpected(i, "a colon")
	}
	return s.blank(i + 1)
}

func (s *scanner) skipArray(i, depth int) int {
	if depth > maxDepth {
		return s.fail(i, "values nest too deep")
	}
	if i = s.blank(i + 1); s.doc[i] == ']' {
		return i + 1
	}
	for {
		if i = s.skip(i, depth); i < 0 {
			return -1
		}
		switch i = s.blank(i); s.doc[i] {
		case ',':
			i = s.blank(i + 1)
		case ']':
			return i + 1
		default:
			return s.unexpected(i, "a comma or the end of the array")
		}
	}
}

// literal takes the word at i, which has to end there.
func (s *scanner) literal(i int, word string) int {
	end := i + len(word)
	if end > s.n || string(s.doc[i:end]) != word || isWord(s.doc[end]) {
		return s.unexpected(i, "a value")
	}
	return end
}

// numberEnd returns the index behind the number at i, by JSON's grammar.
func (s *scanner) numberEnd(i int) int {
	doc := s.doc
	if doc[i] == '-' {
		i++
	}
	first := i
	if i = digitsEnd(doc, i); i == first {
		return s.unexpected(i, "a digit")
	}
	if doc[first] == '0' && i > first+1 {
		return s.fail(first, "a number begins with a needless zero")
	}
	if doc[i] == '.' {
		i++
		if first, i = i, digitsEnd(doc, i); i == first {
			return s.unexpected(i, "a digit")
		}
	}
	if doc[i]|0x20 == 'e' {
		i++
		if doc[i] == '+' || doc[i] == '-' {
			i++
		}
		if first, i = i, digitsEnd(doc, i); i == first {
			return s.unexpected(i, "a digit")
		}
	}
	if isWord(doc[i]) {
		return s.unexpected(i, "the end of a number")
	}
	return i
}

func digitsEnd(doc []byte, i int) int {
	for doc[i]-'0' <= 9 {
		i++
	}
	return i
}

// Masks for eight bytes at a time.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stops marks (in the high bit) each byte of x that a string can't simply run
// over: quote, backslash and control characters. The lowest mark is exact;
// borrows may set false ones above it.
//
// A quote (0x22) with bit 1 flipped is 0x20, the blank becomes 0x22, and
// control characters stay below 0x20: so one comparison finds both kinds.
func stops(x uint64) uint64 {
	return (((x ^ ones*0x02) - ones*0x21) | ((x ^ ones*'\\') - ones)) & ^x & highs
}

// stringEnd returns the index of the closing quote of the string whose first
// byte is at i, and whether it holds escapes. Escapes are checked; UTF-8 is not.
func (s *scanner) stringEnd(i int) (end int, escaped bool) {
	doc := s.doc
	for {
		m := stops(binary.LittleEndian.Uint64(doc[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) / 8
		switch doc[i] {
		case '"':
			return i, escaped
		case '\\':
			escaped = true
			if i = s.escape(i); i < 0 {
				return -1, false
			}
		default:
			if i >= s.n {
				return s.fail(s.n, "the text ends inside a string"), false
			}
			return s.fail(i, fmt.Sprintf("control character %#x inside a string", doc[i])), false
		}
	}
}

// escape returns the index behind the escape that begins with the backslash
// at i.
func (s *scanner) escape(i int) int {
	switch s.doc[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 <= s.n && hex4(s.doc[i+2:i+6]) >= 0 {
			return i + 6
		}
		return s.fail(i, `\u without four hexadecimal digits`)
	}
	return s.unexpected(i+1, "one of \"\\/bfnrtu after a backslash")
}
