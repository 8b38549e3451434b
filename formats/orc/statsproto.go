package orc

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"hydrant/formats/column"
)

// details appends the part of the statistics that depends on the kind and
// returns its field; 0 for nothing. Nothing is said of floats with NaN among
// them: engines disagree on where it sorts.
func (s *stats) details(d *message) protowire.Number {
	switch s.kind {
	case column.Boolean:
		d.packed(1, []uint64{s.sum.lo})
		return 5
	case column.TinyInt, column.SmallInt, column.Int, column.BigInt:
		d.sint(1, s.low)
		d.sint(2, s.high)
		if sum, ok := s.sum64(); ok {
			d.sint(3, sum)
		}
		return 2
	case column.Float, column.Double:
		return s.floatDetails(d)
	case column.Decimal:
		d.bytes(1, s.lowWide.appendDecimal(nil, s.scale))
		d.bytes(2, s.highWide.appendDecimal(nil, s.scale))
		if hi, _ := s.sum.magnitude(); !s.noSum && hi < maxDecimalHigh {
			d.bytes(3, s.sum.appendDecimal(nil, s.scale))
		}
		return 6
	case column.String, column.Char, column.Varchar:
		return s.stringDetails(d)
	case column.Date:
		d.sint(1, s.low)
		d.sint(2, s.high)
		return 7
	case column.Timestamp:
		s.timeDetails(d)
		return 9
	case column.Binary:
		d.sint(1, int64(s.sum.lo))
		return 8
	case column.Array, column.Map:
		d.uint(1, s.least)
		d.uint(2, s.most)
		d.uint(3, s.sum.lo)
		return 12
	}
	return 0
}

// maxDecimalHigh is the upper half of 10^38: a sum below it in the upper half
// has at most 38 digits, which is all that readers take.
const maxDecimalHigh = 0x4b3b4ca85a86c47a

// floatDetails says of a zero that it is -0 at the bottom and +0 at the top,
// since either may be among the values.
func (s *stats) floatDetails(d *message) protowire.Number {
	if s.nan {
		return 0
	}
	low, high := s.lowFloat, s.hiFloat
	if low == 0 {
		low = math.Copysign(0, -1)
	}
	if high == 0 {
		high = 0
	}
	d.double(1, low)
	d.double(2, high)
	if !math.IsInf(s.floatSum, 0) && !math.IsNaN(s.floatSum) {
		d.double(3, s.floatSum)
	}
	return 3
}

// stringDetails appends bounds that are values, or the parts of long values
// that are below and above all.
func (s *stats) stringDetails(d *message) protowire.Number {
	if len(s.lowBytes) <= maxBoundBytes {
		d.bytes(1, s.lowBytes)
	}
	if len(s.highBytes) <= maxBoundBytes {
		d.bytes(2, s.highBytes)
	}
	d.sint(3, int64(s.sum.lo))
	if len(s.lowBytes) > maxBoundBytes {
		d.bytes(4, cutText(s.lowBytes))
	}
	if len(s.highBytes) > maxBoundBytes {
		bound := raiseText(append([]byte{}, cutText(s.highBytes)...))
		if bound == nil {
			return 0
		}
		d.bytes(5, bound)
	}
	return 4
}

// cutText cuts v to maxBoundBytes, at a character's end.
func cutText(v []byte) []byte {
	n := maxBoundBytes
	for n > maxBoundBytes-utf8.UTFMax && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n]
}

// raiseText returns text above b and above all that begins with b, or nil when
// there is none. Bytes of UTF-8 are in the order of its characters.
func raiseText(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		b = b[:len(b)-n]
		if r++; r == 0xd800 {
			r = 0xe000 // no surrogates in UTF-8
		}
		if r <= utf8.MaxRune {
			return utf8.AppendRune(b, r)
		}
	}
	return nil
}

// timeDetails appends milliseconds rounded down and, when they say more than
// that, the nanoseconds beyond them plus one.
func (s *stats) timeDetails(d *message) {
	const nanos = 1_000_000 // in a millisecond
	d.sint(3, s.low*1000+int64(s.lowNanos/nanos))
	d.sint(4, s.high*1000+int64(s.highNanos/nanos))
	if n := s.lowNanos % nanos; n > 0 {
		d.uint(5, uint64(n)+1)
	}
	if n := s.highNanos % nanos; n < nanos-1 {
		d.uint(6, uint64(n)+1)
	}
}
