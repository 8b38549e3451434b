package column

import (
	"encoding/binary"
	"math/bits"
)

// A uint128 is hi<<64 | lo.
type uint128 struct{ hi, lo uint64 }

// powers of ten from 10^0 to 10^38.
var powers = func() (p [MaxPrecision + 1]uint128) {
	p[0].lo = 1
	for i := 1; i < len(p); i++ {
		p[i].hi, p[i].lo = times10(p[i-1].hi, p[i-1].lo, 0)
	}
	return p
}()

func (a uint128) less(b uint128) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

// parseDecimal reads all of b, a number of checked grammar, as an unscaled
// decimal of that precision and scale. It is exact; digits behind the scale
// are rounded half up, away from zero, as Hive does. ok is false when the part
// before the point has too many digits.
func parseDecimal(b []byte, precision, scale int) (v uint128, minus, ok bool) {
	if m, fraction, n := simpleNumber(b); n == len(b) && n > 0 {
		v, ok = rescale(m, scale-max(fraction, 0))
		if ok {
			return v, b[0] == '-', v.less(powers[precision])
		}
	}
	s := readDigits(b)
	if s.n > 0 && s.point > precision-scale {
		return v, s.minus, false
	}
	if s.n > 0 {
		v.hi, v.lo = s.scaled(s.point + scale)
	}
	return v, s.minus, v.less(powers[precision])
}

// rescale returns m times ten to the power of by; ok is false when that isn't
// simple.
func rescale(m uint64, by int) (v uint128, ok bool) {
	switch {
	case by < -19 || by > 19:
		return v, false
	case by >= 0:
		v.hi, v.lo = bits.Mul64(m, powers[by].lo)
		return v, true
	}
	unit := powers[-by].lo
	v.lo = m / unit
	if m%unit >= unit-unit/2 {
		v.lo++
	}
	return v, true
}

// appendDecimal16 appends v as 16 bytes, big-endian two's complement.
func appendDecimal16(dst []byte, v uint128, minus bool) []byte {
	if minus {
		var carry uint64
		v.lo, carry = bits.Add64(^v.lo, 1, 0)
		v.hi = ^v.hi + carry
	}
	dst = binary.BigEndian.AppendUint64(dst, v.hi)
	return binary.BigEndian.AppendUint64(dst, v.lo)
}
