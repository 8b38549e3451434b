package column

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"
)

// Nearly all documents of a stream have the same keys in the same order, and
// plain values. Those are read here: eight bytes at a time, by arithmetic
// instead of a branch for each byte, and without checks of bounds. What is not
// of that kind is left alone, for the thorough way to read it or to say what
// is wrong with it.

// A padded is the first byte of a scanner's document. No index beyond the
// first byte of the padding is looked at: loops stop at its NULs. So the eight
// bytes from such an index on, and the eight behind them, are there.
type padded struct{ first unsafe.Pointer }

func (s *scanner) padded() padded { return padded{unsafe.Pointer(unsafe.SliceData(s.doc))} }

func (p padded) byte(i int) byte { return *(*byte)(unsafe.Add(p.first, i)) }

// load8 returns eight bytes, the first in the low byte.
func (p padded) load8(i int) uint64 { return le64(*(*[8]byte)(unsafe.Add(p.first, i))) }

func le64(b [8]byte) uint64 { return binary.LittleEndian.Uint64(b[:]) }

// isASCII says whether the document, which is loaded, is ASCII.
func (s *scanner) isASCII() bool {
	p, all := s.padded(), uint64(0)
	for i := 0; i < s.n; i += 16 {
		all |= p.load8(i) | p.load8(i+8)
	}
	return all&highs == 0
}

// A quickKey is a key as documents write it, "key": without blanks. Its first
// 16 bytes are compared as two integers.
type quickKey struct {
	low, high         uint64
	lowMask, highMask uint64
	n                 int    // length
	rest              string // behind the first 16 bytes
}

// newQuickKey makes one of the text between the quotes.
func newQuickKey(text string) quickKey {
	var first, mask [16]byte
	text = `"` + text + `":`
	for i := range copy(first[:], text) {
		mask[i] = 0xff
	}
	le := binary.LittleEndian
	return quickKey{
		low: le.Uint64(first[:]), high: le.Uint64(first[8:]),
		lowMask: le.Uint64(mask[:]), highMask: le.Uint64(mask[8:]),
		n: len(text), rest: text[min(len(text), 16):],
	}
}

// match returns the index behind the key if it is at i, else 0.
func (k *quickKey) match(s *scanner, i int) int {
	p := s.padded()
	if p.load8(i)&k.lowMask != k.low || p.load8(i+8)&k.highMask != k.high {
		return 0
	}
	if k.rest != "" && !s.hasAt(i+16, k.rest) {
		return 0
	}
	return i + k.n
}

// hasAt says whether text is at i.
func (s *scanner) hasAt(i int, text string) bool {
	return i+len(text) <= s.n && string(s.doc[i:i+len(text)]) == text
}

// quickMembers adds the members of an object from i on as long as each has the
// expected key and a plain value of its column's type. It returns the index of
// the first one that it did not take, the key before that and the one that is
// expected; or, closed, the index behind the object.
func (c *Columns) quickMembers(i int, last, expected int32) (at int, before, next int32, closed bool) {
	p := c.s.padded()
	for {
		k := c.top.expect(expected)
		if k == nil || k.target < 0 {
			return i, last, expected, false
		}
		end := k.quick.match(&c.s, i)
		if end == 0 {
			return i, last, expected, false
		}
		l := &c.Leaves[k.target]
		if len(l.Def) > c.rows {
			return i, last, expected, false
		}
		if p.byte(end) == ' ' {
			end++
		}
		if end = l.quickValue(p, end); end == 0 {
			return i, last, expected, false
		}
		last, expected, i = expected, k.next, end+1
		if p.byte(end) == '}' {
			return i, last, expected, true
		}
		if p.byte(i) <= ' ' {
			i = c.s.blank(i)
		}
	}
}

// quickValue adds the value at i and returns the index behind it, where a
// comma or the end of the object is. It returns 0, and added nothing, if the
// value has to be read thoroughly.
func (l *Leaf) quickValue(p padded, i int) int {
	switch l.Type.Kind {
	case String:
		return l.quickText(p, i)
	case TinyInt, SmallInt, Int, BigInt:
		return l.quickInteger(p, i)
	case Double:
		return l.quickDouble(p, i)
	case Boolean:
		return l.quickBoolean(p, i)
	}
	return 0
}

// endsValue says whether c may follow a value in an object.
func endsValue(c byte) bool { return c == ',' || c == '}' }

// quickText is quickValue for strings without escapes. It copies as it looks
// for the end.
func (l *Leaf) quickText(p padded, i int) int {
	if p.byte(i) != '"' {
		return 0
	}
	i++
	n := len(l.Bytes)
	room := l.Bytes[:cap(l.Bytes)]
	for {
		if n+16 > len(room) {
			room = l.growText(n)
		}
		x, y := p.load8(i), p.load8(i+8)
		to := room[n : n+16 : n+16]
		binary.LittleEndian.PutUint64(to, x)
		binary.LittleEndian.PutUint64(to[8:], y)
		m := stops(x)
		if m == 0 {
			i, n = i+8, n+8
			if m = stops(y); m == 0 {
				i, n = i+8, n+8
				continue
			}
		}
		k := bits.TrailingZeros64(m) / 8
		if i += k; p.byte(i) != '"' || !endsValue(p.byte(i+1)) {
			return 0
		}
		l.Bytes = l.Bytes[:n+k]
		l.endBytes()
		return i + 1
	}
}

// growText makes room for text behind the first n bytes of the leaf's, some of
// which may not be counted yet.
func (l *Leaf) growText(n int) (room []byte) {
	size := len(l.Bytes)
	room = append(l.Bytes[:n], make([]byte, 16)...)
	room = room[:cap(room)]
	l.Bytes = room[:size]
	return room
}

// leadingDigits returns the value of the digits that x begins with, in the
// low bytes, and how many they are, 0 to 8.
func leadingDigits(x uint64) (value uint64, n int) {
	x ^= ones * '0'                                      // digits become 0 to 9
	other := ((x &^ highs) + ones*(0x80-10) | x) & highs // marks what is none
	n = bits.TrailingZeros64(other) / 8
	return joinDigits(x << (8 * uint(8-n))), n
}

// tens are powers of ten. Their number saves a check of bounds.
var tens = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// quickDigits reads the digits at i, of which there may be 1 to 15, the first
// not a needless zero. end is 0 for others.
func quickDigits(p padded, i int) (v uint64, end int) {
	v, n := leadingDigits(p.load8(i))
	if n == 8 {
		more, k := leadingDigits(p.load8(i + 8))
		if k == 8 {
			return 0, 0
		}
		v, n = v*tens[k&15]+more, n+k
	}
	if n == 0 || p.byte(i) == '0' && n > 1 {
		return 0, 0
	}
	return v, i + n
}

// quickInteger is quickValue for integers of up to 15 digits.
func (l *Leaf) quickInteger(p padded, i int) int {
	minus := 0
	if p.byte(i) == '-' {
		minus = 1
	}
	m, end := quickDigits(p, i+minus)
	if end == 0 || !endsValue(p.byte(end)) {
		return 0
	}
	v := (int64(m) ^ -int64(minus)) + int64(minus)
	if lim := &limits[l.Type.Kind]; v < lim.low || v > lim.high {
		return 0
	}
	l.addInt(v)
	return end
}

// quickDouble is quickValue for numbers of up to 15 digits, which a float64
// holds exactly, and so their quotient by a power of ten is the nearest.
func (l *Leaf) quickDouble(p padded, i int) int {
	minus := 0
	if p.byte(i) == '-' {
		minus = 1
	}
	first, power := i+minus, 0
	m, end := quickDigits(p, first)
	if end == 0 {
		return 0
	}
	if p.byte(end) == '.' {
		m, power, end = quickFraction(p, m, first, end)
	}
	if !endsValue(p.byte(end)) {
		return 0
	}
	v := float64(m) / floatPowers[power&15]
	l.addFloat(math.Float64frombits(math.Float64bits(v) | uint64(minus)<<63))
	return end
}

// quickFraction reads the fraction of a number that begins at first and whose
// point, behind the integer m, is at i. It returns all digits as an integer,
// which has at most 15, and how many are behind the point.
func quickFraction(p padded, m uint64, first, i int) (all uint64, power, end int) {
	v, n := leadingDigits(p.load8(i + 1))
	if n == 8 {
		more, k := leadingDigits(p.load8(i + 9))
		v, n = v*tens[k&15]+more, n+k
	}
	end = i + 1 + n
	if n == 0 || end-first > 16 {
		return 0, 0, i // no value ends at a point
	}
	return m*tens[n&15] + v, n, end
}

// quickBoolean is quickValue for booleans.
func (l *Leaf) quickBoolean(p padded, i int) int {
	const yes, no = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24, 'f' | 'a'<<8 | 'l'<<16 | 's'<<24
	x := uint32(p.load8(i))
	value, end := 0, i+len("false")
	if x == yes {
		value, end = 1, i+len("true")
	} else if x != no || p.byte(i+4) != 'e' {
		return 0
	}
	if !endsValue(p.byte(end)) {
		return 0
	}
	l.addInt(int64(value))
	return end
}
