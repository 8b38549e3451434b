package column

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// simpleNumber reads the number that b begins with, if it has at most 19
// digits, no exponent and no needless zero in front. It returns the digits as
// an integer, how many of them stand behind the point (-1: there is no point)
// and the bytes read; 0 bytes: this one needs the thorough way.
func simpleNumber(b []byte) (mantissa uint64, fraction, n int) {
	i, point := 0, -1
	if len(b) > 0 && b[0] == '-' {
		i = 1
	}
	first := i
	if len(b) >= i+8 {
		if x := binary.LittleEndian.Uint64(b[i:]); eightDigits(x) {
			mantissa = digitsValue(x)
			i += 8
		}
	}
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d <= 9 {
			mantissa = mantissa*10 + uint64(d)
			continue
		}
		if b[i] != '.' || point >= 0 || i == first {
			break
		}
		point = i
	}
	digits, fraction := i-first, -1
	if point >= 0 {
		digits--
		fraction = i - 1 - point
	}
	if digits == 0 || digits > 19 || fraction == 0 || needsMore(b, first, i) {
		return 0, 0, 0
	}
	return mantissa, fraction, i
}

// needsMore says whether the number b[first:i] goes on in a way that
// simpleNumber doesn't read, or begins with a needless zero.
func needsMore(b []byte, first, i int) bool {
	if b[first] == '0' && i > first+1 && b[first+1] != '.' {
		return true
	}
	return i < len(b) && (b[i] == '.' || isWord(b[i]))
}

// eightDigits says whether all eight bytes of x are digits.
func eightDigits(x uint64) bool {
	return (x&(ones*0xf0))|((x+ones*0x06)&(ones*0xf0))>>4 == ones*0x33
}

// digitsValue returns the value of eight digits, the first in the low byte.
func digitsValue(x uint64) uint64 { return joinDigits(x - ones*'0') }

// joinDigits returns the number that eight values of 0 to 9 make, the first in
// the low byte, by joining neighbours: 8 numbers of 1 digit, 4 of 2, 2 of 4,
// 1 of 8.
func joinDigits(x uint64) uint64 {
	x = x*10 + x>>8
	const low = 0x000000ff000000ff
	return ((x&low)*(100+1000000<<32) + ((x>>16)&low)*(1+10000<<32)) >> 32
}

// floatPowers are the powers of ten that a float64 holds exactly.
var floatPowers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseFloat64 reads all of b, a number of checked grammar. Digits and power
// that a float64 holds exactly give the right answer by one division (Clinger,
// How to read floating point numbers accurately, 1990); the rest is strconv's.
func parseFloat64(b []byte) (float64, bool) {
	if m, fraction, n := simpleNumber(b); n == len(b) && n > 0 && m < 1<<53 {
		return signed(float64(m)/floatPowers[max(fraction, 0)], b), true
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 64)
	return f, err == nil
}

// parseFloat32 is parseFloat64 for float32: never rounded twice.
func parseFloat32(b []byte) (float64, bool) {
	if m, fraction, n := simpleNumber(b); n == len(b) && n > 0 && m < 1<<24 && fraction <= 10 {
		return signed(float64(float32(m)/float32(floatPowers[max(fraction, 0)])), b), true
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 32)
	return f, err == nil
}

func signed(f float64, b []byte) float64 {
	if b[0] == '-' {
		return -f
	}
	return f
}

// isNumber says whether b is a number as people write them: JSON's grammar,
// and also a plus, needless zeros, and a point with digits on one side only.
// So "NaN", "Infinity" and "0x1p3" are none.
func isNumber(b []byte) bool {
	i := 0
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	digits := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		digits++
	}
	if i < len(b) && b[i] == '.' {
		for i++; i < len(b) && b[i]-'0' <= 9; i++ {
			digits++
		}
	}
	if digits == 0 || i == len(b) {
		return digits > 0
	}
	return b[i]|0x20 == 'e' && isExponent(b[i+1:])
}

func isExponent(b []byte) bool {
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		b = b[1:]
	}
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return len(b) > 0
}

// A digitString is a number as 0.d1d2d3... times ten to the power of point.
// It keeps more digits than any decimal has.
type digitString struct {
	d     [MaxPrecision + 2]byte // values 0 to 9
	n     int                    // digits kept; the first and the last are not 0
	point int
	more  bool // digits other than 0 were left out
	minus bool
}

// maxExponent bounds what an exponent may add up to; any type's range ends
// far below.
const maxExponent = 1 << 30

// readDigits reads b, for which isNumber holds.
func readDigits(b []byte) digitString {
	var s digitString
	s.minus = b[0] == '-'
	inFraction := false
	for i, c := range b {
		switch {
		case c-'0' <= 9:
			s.add(c-'0', inFraction)
		case c == '.':
			inFraction = true
		case c|0x20 == 'e':
			s.point += exponent(b[i+1:])
			return s.trimmed()
		}
	}
	return s.trimmed()
}

func (s *digitString) add(d byte, inFraction bool) {
	if !inFraction && (s.n > 0 || d > 0) {
		s.point++
	}
	switch {
	case s.n == 0 && d == 0:
		if inFraction {
			s.point--
		}
	case s.n < len(s.d):
		s.d[s.n] = d
		s.n++
	case d > 0:
		s.more = true
	}
}

func (s *digitString) trimmed() digitString {
	for s.n > 0 && s.d[s.n-1] == 0 {
		s.n--
	}
	return *s
}

// exponent reads the digits behind an e, bounded.
func exponent(b []byte) int {
	sign := 1
	if b[0] == '-' {
		sign = -1
	}
	e := 0
	for _, c := range b {
		if c-'0' <= 9 {
			e = min(e*10+int(c-'0'), maxExponent)
		}
	}
	return sign * e
}

// parseInt reads all of b, a number of checked grammar. whole is false for a
// number with a fraction, fits for one outside of int64.
func parseInt(b []byte) (v int64, whole, fits bool) {
	if m, fraction, n := simpleNumber(b); n == len(b) && n > 0 && fraction < 0 && m <= math.MaxInt64 {
		if b[0] == '-' {
			return -int64(m), true, true
		}
		return int64(m), true, true
	}
	s := readDigits(b)
	switch {
	case s.n == 0:
		return 0, true, true
	case s.more || s.n > s.point:
		return 0, false, false
	case s.point > 19:
		return 0, true, false
	}
	_, m := s.scaled(s.point) // of at most 19 digits
	switch {
	case s.minus && m <= 1<<63:
		return -int64(m), true, true
	case !s.minus && m < 1<<63:
		return int64(m), true, true
	}
	return 0, true, false
}

// scaled returns the first k digits as an integer of 128 bits, rounded half
// up (away from zero, as Hive does) by the digit behind. k is at most MaxPrecision.
func (s *digitString) scaled(k int) (hi, lo uint64) {
	for i := range max(k, 0) {
		var d byte
		if i < s.n {
			d = s.d[i]
		}
		hi, lo = times10(hi, lo, uint64(d))
	}
	if k >= 0 && k < s.n && s.d[k] >= 5 {
		var carry uint64
		lo, carry = bits.Add64(lo, 1, 0)
		hi += carry
	}
	return hi, lo
}

// times10 returns x*10 + d in 128 bits.
func times10(hi, lo, d uint64) (uint64, uint64) {
	h, l := bits.Mul64(lo, 10)
	l, carry := bits.Add64(l, d, 0)
	return hi*10 + h + carry, l
}
