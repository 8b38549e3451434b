package parquet

import (
	"cmp"
	"encoding/binary"
	"math"

	"hydrant/formats/column"
)

// intValues encodes all that fits in 64 bits: integers, dates, timestamps of
// INT64, decimals of up to 18 digits, and the bits of floats. Within, each
// value is an int64, its key; floats of 32 bits are sign-extended.
type intValues struct {
	width int // bytes in PLAIN encoding
	fixed bool
	float int   // 32 or 64: keys are the bits of such floats; else 0
	scale int64 // timestamps: units in a second; else 0
	keys  []int64
	own   []int64 // backs keys when they must be computed
	dict  intDict
	limit int // entries of dict
	marks *marks

	// Bounds of the page; of floats in the order of orderFloat.
	any, nan bool
	low      int64
	high     int64
}

func newIntValues(l *leafSchema, o *Options, m *marks) *intValues {
	e := &intValues{marks: m}
	switch l.physical {
	case physInt32:
		e.width = 4
	case physFloat:
		e.width, e.float = 4, 32
	case physDouble:
		e.width, e.float = 8, 64
	case physFixed:
		e.width, e.fixed = l.length, true
	default:
		e.width = 8
	}
	if l.typ.Kind == column.Timestamp {
		e.scale = 1000
		if o.Timestamps == timestampsMicros {
			e.scale = 1_000_000
		}
	}
	e.limit = int(o.DictionaryBytes / int64(e.width))
	e.reset()
	return e
}

func (e *intValues) load(l *column.Leaf) {
	switch {
	case e.scale > 0:
		e.loadTimes(l)
	case e.float == 32:
		e.own = e.own[:0]
		for _, f := range l.Floats {
			e.own = append(e.own, int64(int32(math.Float32bits(float32(f)))))
		}
		e.keys = e.own
	case e.float == 64:
		e.own = e.own[:0]
		for _, f := range l.Floats {
			e.own = append(e.own, int64(math.Float64bits(f)))
		}
		e.keys = e.own
	default:
		e.keys = l.Ints
	}
}

// loadTimes rounds down to the unit, before 1970 as well, since Nanos count
// upwards from a second that is rounded down.
func (e *intValues) loadTimes(l *column.Leaf) {
	e.own = e.own[:0]
	nanos := 1_000_000_000 / e.scale
	for i, s := range l.Ints {
		e.own = append(e.own, s*e.scale+int64(l.Nanos[i])/nanos)
	}
	e.keys = e.own
}

func (e *intValues) size(i, j int) int64 { return int64(j-i) * int64(e.width) }

func (e *intValues) plain(dst []byte, i, j int) []byte {
	keys := e.keys[i:j]
	e.widenKeys(keys)
	return e.appendKeys(dst, keys)
}

// appendKeys appends keys in PLAIN encoding.
func (e *intValues) appendKeys(dst []byte, keys []int64) []byte {
	at := len(dst)
	dst = grow(dst, len(keys)*e.width+8) // putFixed may write past the end
	out := dst[at:]
	switch {
	case e.fixed:
		putFixed(out, keys, e.width)
	case e.width == 4:
		for i, k := range keys {
			binary.LittleEndian.PutUint32(out[4*i:4*i+4], uint32(k))
		}
	default:
		for i, k := range keys {
			binary.LittleEndian.PutUint64(out[8*i:8*i+8], uint64(k))
		}
	}
	return dst[:at+len(keys)*e.width]
}

// putFixed puts the lowest width bytes of each key, big-endian.
func putFixed(out []byte, keys []int64, width int) {
	shift := uint(64 - 8*width)
	for i, k := range keys {
		binary.BigEndian.PutUint64(out[i*width:], uint64(k)<<shift)
	}
}

func (e *intValues) index(dst []uint32, i, j int) ([]uint32, bool) {
	n := len(dst)
	for _, k := range e.keys[i:j] {
		x, ok := e.dict.index(k, e.limit)
		if !ok {
			return dst[:n], false
		}
		dst = append(dst, x)
	}
	return dst, true
}

func (e *intValues) widen(index []uint32) {
	set := e.marks.clear(len(e.dict.keys))
	for _, x := range index {
		set[x] = true
	}
	for x, in := range set {
		if in {
			e.widenKeys(e.dict.keys[x : x+1])
		}
	}
}

// widenKeys widens the page's bounds.
func (e *intValues) widenKeys(keys []int64) {
	if len(keys) == 0 {
		return
	}
	if !e.any {
		e.any = true
		e.low, e.high = math.MaxInt64, math.MinInt64
	}
	if e.float > 0 {
		e.widenFloats(keys)
		return
	}
	low, high := e.low, e.high
	for _, k := range keys {
		low, high = min(low, k), max(high, k)
	}
	e.low, e.high = low, high
}

func (e *intValues) widenFloats(keys []int64) {
	inf := int64(0x7ff) << 52
	if e.float == 32 {
		inf = 0xff << 23
	}
	low, high := e.low, e.high
	for _, k := range keys {
		o := e.orderFloat(k)
		// NaNs lie above infinity and, in this order, below its negative.
		if o > inf || o < ^inf {
			e.nan = true
			continue
		}
		low, high = min(low, o), max(high, o)
	}
	e.low, e.high = low, high
}

// orderFloat maps the bits of floats to integers in the same order, and those
// back to the bits: -0 is just below +0.
func (e *intValues) orderFloat(k int64) int64 {
	if e.float == 32 {
		return k ^ k>>63&math.MaxInt32
	}
	return k ^ k>>63&math.MaxInt64
}

// bounds knows nothing when a page holds a NaN: engines differ on where NaN
// stands, so that a reader must look. A zero is stored as -0 at the bottom and
// as +0 at the top, since either may be among the values (Apache Parquet
// format, ColumnOrder).
func (e *intValues) bounds() bounds {
	b := bounds{known: e.any && !e.nan, minExact: true, maxExact: true}
	if b.known {
		low, high := e.low, e.high
		if e.float > 0 {
			if low == 0 {
				low = -1 // -0
			}
			if high == -1 {
				high = 0
			}
			low, high = e.orderFloat(low), e.orderFloat(high)
		}
		b.min = e.appendKeys(nil, []int64{low})
		b.max = e.appendKeys(nil, []int64{high})
	}
	e.any, e.nan = false, false
	return b
}

func (e *intValues) compare(a, b []byte) int { return cmp.Compare(e.ordered(a), e.ordered(b)) }

// ordered reads a bound into an integer of the same order.
func (e *intValues) ordered(b []byte) int64 {
	var k int64
	switch {
	case e.fixed:
		var full [8]byte
		copy(full[:], b)
		k = int64(binary.BigEndian.Uint64(full[:])) >> uint(64-8*e.width)
	case e.width == 4:
		k = int64(int32(binary.LittleEndian.Uint32(b)))
	default:
		k = int64(binary.LittleEndian.Uint64(b))
	}
	if e.float > 0 {
		return e.orderFloat(k)
	}
	return k
}

func (e *intValues) expand(dst []byte, index []uint32) []byte {
	var keys [256]int64
	for len(index) > 0 {
		n := min(len(index), len(keys))
		for i, x := range index[:n] {
			keys[i] = e.dict.keys[x]
		}
		dst = e.appendKeys(dst, keys[:n])
		index = index[n:]
	}
	return dst
}

func (e *intValues) entries() (int, int64) {
	n := len(e.dict.keys)
	return n, int64(n) * int64(e.width)
}

func (e *intValues) dictionary(dst []byte) []byte { return e.appendKeys(dst, e.dict.keys) }
func (e *intValues) reset()                       { e.dict.reset() }
func (e *intValues) held() int64                  { return int64(cap(e.own))*8 + e.dict.held() }

func (e *intValues) release() {
	e.own, e.keys = nil, nil
	e.dict = intDict{}
	e.reset()
}
