package orc

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// An int128 is an integer of 128 bits in two's complement: the unscaled value
// of a decimal.
type int128 struct {
	hi int64
	lo uint64
}

func wide(v int64) int128 { return int128{v >> 63, uint64(v)} }

// bigEndian128 reads 16 bytes.
func bigEndian128(b []byte) int128 {
	return int128{int64(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:])}
}

func (a int128) less(b int128) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// plus returns the sum; ok is false when it does not fit.
func (a int128) plus(b int128) (sum int128, ok bool) {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi := a.hi + b.hi + int64(carry)
	overflow := (a.hi >= 0) == (b.hi >= 0) && (hi >= 0) != (a.hi >= 0)
	return int128{hi, lo}, !overflow
}

// magnitude returns the absolute value, unsigned.
func (a int128) magnitude() (hi, lo uint64) {
	hi, lo = uint64(a.hi), a.lo
	if a.hi < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	return hi, lo
}

// appendVarint appends the zigzag value as a base 128 varint.
func (a int128) appendVarint(dst []byte) []byte {
	if a.hi == int64(a.lo)>>63 && int64(a.lo) == int64(a.lo<<1)>>1 {
		return binary.AppendUvarint(dst, zigzag(int64(a.lo)))
	}
	sign := uint64(a.hi >> 63)
	hi := (uint64(a.hi)<<1 | a.lo>>63) ^ sign
	lo := a.lo<<1 ^ sign
	for hi > 0 || lo >= 0x80 {
		dst = append(dst, byte(lo)|0x80)
		lo = lo>>7 | hi<<57
		hi >>= 7
	}
	return append(dst, byte(lo))
}

// readVarint reads what appendVarint appends; n is 0 when it is cut or too
// long.
func readVarint(src []byte) (v int128, n int) {
	var hi, lo uint64
	for shift := uint(0); n < len(src) && shift < 133; shift += 7 {
		b := src[n]
		n++
		x := uint64(b & 0x7f)
		if shift < 64 {
			lo |= x << shift
			if shift > 57 {
				hi |= x >> (64 - shift)
			}
		} else {
			hi |= x << (shift - 64)
		}
		if b < 0x80 {
			sign := -(lo & 1)
			return int128{int64(hi>>1 ^ sign), (lo>>1 | hi<<63) ^ sign}, n
		}
	}
	return int128{}, 0
}

// appendDecimal appends the decimal with that unscaled value and scale,
// without zeros at the end of its fraction.
func (a int128) appendDecimal(dst []byte, scale int) []byte {
	hi, lo := a.magnitude()
	if a.hi < 0 {
		dst = append(dst, '-')
	}
	var digits [40]byte
	at := len(digits)
	for hi > 0 || lo > 0 || len(digits)-at <= scale {
		var rest uint64
		hi, rest = hi/10, hi%10
		lo, rest = bits.Div64(rest, lo, 10)
		at--
		digits[at] = '0' + byte(rest)
	}
	point, end := len(digits)-scale, len(digits)
	for end > point && digits[end-1] == '0' {
		end--
	}
	dst = append(dst, digits[at:point]...)
	if end > point {
		dst = append(append(dst, '.'), digits[point:end]...)
	}
	return dst
}

// String returns the unscaled value.
func (a int128) String() string {
	if a.hi == int64(a.lo)>>63 {
		return strconv.FormatInt(int64(a.lo), 10)
	}
	return string(a.appendDecimal(nil, 0))
}
