package orc

import (
	"bytes"
	"encoding/binary"
	"math"

	"hydrant/formats/column"
)

// stats are the statistics of a column's values: in a row group, a stripe or
// the file. Which fields count depends on the column's kind.
type stats struct {
	kind   column.Kind
	scale  int
	values int64 // that are not null
	nulls  bool

	any       bool // the bounds are set
	low, high int64
	sum       int128 // also the bytes of strings, the trues of booleans
	noSum     bool   // it got too large

	lowNanos, highNanos int32 // beside low and high, which are seconds

	nan               bool
	lowFloat, hiFloat float64
	floatSum          float64

	lowWide, highWide int128

	lowBytes, highBytes []byte
	lowPre, highPre     uint64 // order of their first eight bytes

	least, most uint64 // children of a list or map
}

func (s *stats) reset() {
	*s = stats{kind: s.kind, scale: s.scale, lowBytes: s.lowBytes[:0], highBytes: s.highBytes[:0]}
}

func (s *stats) plus(v int128) {
	sum, ok := s.sum.plus(v)
	s.sum, s.noSum = sum, s.noSum || !ok
}

func (s *stats) addInts(v []int64) {
	if len(v) == 0 {
		return
	}
	if !s.any {
		s.any, s.low, s.high = true, v[0], v[0]
	}
	low, high := s.low, s.high
	var sum int128
	for _, x := range v {
		low, high = min(low, x), max(high, x)
		lo := sum.lo + uint64(x)
		sum.hi += x >> 63
		if lo < sum.lo {
			sum.hi++
		}
		sum.lo = lo
	}
	s.low, s.high = low, high
	s.plus(sum)
}

func (s *stats) addTimes(seconds []int64, nanos []int32) {
	for i, x := range seconds {
		n := nanos[i]
		if !s.any || x < s.low || x == s.low && n < s.lowNanos {
			s.low, s.lowNanos = x, n
		}
		if !s.any || x > s.high || x == s.high && n > s.highNanos {
			s.high, s.highNanos = x, n
		}
		s.any = true
	}
}

func (s *stats) addFloats(v []float64) {
	if len(v) == 0 {
		return
	}
	if !s.any {
		s.any, s.lowFloat, s.hiFloat = true, math.Inf(1), math.Inf(-1)
	}
	low, high, sum := s.lowFloat, s.hiFloat, s.floatSum
	for _, x := range v {
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
		sum += x
		if x != x {
			s.nan = true
		}
	}
	s.lowFloat, s.hiFloat, s.floatSum = low, high, sum
}

func (s *stats) addWide(v int128) {
	if !s.any || v.less(s.lowWide) {
		s.lowWide = v
	}
	if !s.any || s.highWide.less(v) {
		s.highWide = v
	}
	s.any = true
	s.plus(v)
}

// maxBoundBytes is how long a bound of strings is, as Apache's Java writer has
// it; longer ones are cut, the upper one then raised.
const maxBoundBytes = 1024

func (s *stats) addBytes(v []byte) {
	p := order(v)
	if s.any && p > s.lowPre && p < s.highPre {
		return
	}
	v = v[:min(len(v), maxBoundBytes+1)]
	if !s.any || p < s.lowPre || p == s.lowPre && bytes.Compare(v, s.lowBytes) < 0 {
		s.lowBytes, s.lowPre = append(s.lowBytes[:0], v...), p
	}
	if !s.any || p > s.highPre || p == s.highPre && bytes.Compare(v, s.highBytes) > 0 {
		s.highBytes, s.highPre = append(s.highBytes[:0], v...), p
	}
	s.any = true
}

// order returns the first eight bytes as an integer of their order, which is
// equal for some that differ.
func order(v []byte) uint64 {
	if len(v) >= 8 {
		return binary.BigEndian.Uint64(v)
	}
	var p uint64
	for i, c := range v {
		p |= uint64(c) << (56 - 8*i)
	}
	return p
}

func (s *stats) addLength(n uint64) {
	if !s.any || n < s.least {
		s.least = n
	}
	s.most = max(s.most, n)
	s.any = true
	s.plus(int128{lo: n})
}

// merge adds the values of o, which is of the same column.
func (s *stats) merge(o *stats) {
	s.values += o.values
	s.nulls = s.nulls || o.nulls
	s.noSum = s.noSum || o.noSum
	if !o.any {
		return
	}
	sum, noSum := s.sum, s.noSum
	switch {
	case s.kind == column.Timestamp:
		s.addTimes([]int64{o.low, o.high}, []int32{o.lowNanos, o.highNanos})
	case s.kind == column.Float || s.kind == column.Double:
		total := s.floatSum + o.floatSum
		s.addFloats([]float64{o.lowFloat, o.hiFloat})
		s.floatSum, s.nan = total, s.nan || o.nan
	case s.kind == column.Decimal:
		s.addWide(o.lowWide)
		s.addWide(o.highWide)
	case s.kind == column.Array || s.kind == column.Map:
		s.addLength(o.least)
		s.addLength(o.most)
	case isText(s.kind):
		s.addBytes(o.lowBytes)
		s.addBytes(o.highBytes)
	default:
		s.addInts([]int64{o.low, o.high})
	}
	s.sum, s.noSum = sum, noSum
	s.plus(o.sum)
}

func isText(k column.Kind) bool {
	return k == column.String || k == column.Char || k == column.Varchar || k == column.Binary
}

// appendTo appends the statistics as a ColumnStatistics message; onDisk is the
// size of the column in the file when it is known, else 0.
func (s *stats) appendTo(m *message, onDisk int64) {
	m.uint(1, uint64(s.values))
	var d message
	if s.any {
		if field := s.details(&d); field > 0 {
			m.bytes(field, d.b)
		}
	}
	m.bool(10, s.nulls)
	if onDisk > 0 {
		m.uint(11, uint64(onDisk))
	}
}

// sum64 returns the sum if it fits in 64 bits.
func (s *stats) sum64() (int64, bool) {
	return int64(s.sum.lo), !s.noSum && s.sum.hi == int64(s.sum.lo)>>63
}
