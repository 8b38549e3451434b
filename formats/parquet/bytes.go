package parquet

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"hydrant/formats/column"
)

// boundBytes is how long a bound may be. Longer values are cut, the upper
// bound then rounded up.
const boundBytes = 64

// bytesValues encodes byte strings, decimals of more than 18 digits and
// INT96.
type bytesValues struct {
	fixed   int // length of each value; 0 when they carry their own
	text    bool
	ordered bool   // has bounds: all but INT96
	flip    uint64 // the sign bit of decimals, flipped to order them
	int96   bool

	data []byte
	ends []uint32 // nil when fixed
	own  []byte   // backs data when it must be computed

	dict  bytesDict
	limit int // bytes of dict
	marks *marks

	any           bool
	low, high     []byte // bounds of the page, each cut after boundBytes+1
	lowPre, hiPre uint64 // order of their first eight bytes
}

func newBytesValues(l *leafSchema, o *Options, m *marks) *bytesValues {
	e := &bytesValues{ordered: true, marks: m, limit: int(o.DictionaryBytes)}
	switch l.physical {
	case physInt96:
		e.int96, e.ordered, e.fixed = true, false, 12
	case physFixed:
		e.fixed, e.flip = l.length, 1<<63
	default:
		e.text = l.typ.Kind != column.Binary
		e.dict.prefix = 4
	}
	e.reset()
	return e
}

func (e *bytesValues) load(l *column.Leaf) {
	switch {
	case e.int96:
		e.loadInt96(l)
	case e.fixed > 0:
		e.loadDecimals(l)
	default:
		e.data, e.ends = l.Bytes, l.Ends
	}
}

// loadInt96 computes nanoseconds of the day and Julian day, little-endian, as
// Impala and Hive write timestamps.
func (e *bytesValues) loadInt96(l *column.Leaf) {
	e.own = grow(e.own[:0], 12*len(l.Ints))
	out := e.own
	for i, s := range l.Ints {
		day := s / 86400
		second := s % 86400
		if second < 0 {
			second += 86400
			day--
		}
		binary.LittleEndian.PutUint64(out[12*i:], uint64(second*1_000_000_000+int64(l.Nanos[i])))
		binary.LittleEndian.PutUint32(out[12*i+8:], uint32(day+julianUnixEpoch))
	}
	e.data = e.own
}

// julianUnixEpoch is the Julian day of 1970-01-01.
const julianUnixEpoch = 2440588

// loadDecimals drops the upper bytes, which only repeat the sign.
func (e *bytesValues) loadDecimals(l *column.Leaf) {
	e.own = e.own[:0]
	for at := 0; at+decimalBytes <= len(l.Bytes); at += decimalBytes {
		e.own = append(e.own, l.Bytes[at+decimalBytes-e.fixed:at+decimalBytes]...)
	}
	e.data = e.own
}

// decimalBytes is the length of a decimal that comes as bytes.
const decimalBytes = 16

// value returns value i of the chunk of rows.
func (e *bytesValues) value(i int) []byte {
	if e.fixed > 0 {
		return e.data[i*e.fixed : (i+1)*e.fixed]
	}
	return e.data[e.start(i):e.ends[i]]
}

// start returns where value i begins in data.
func (e *bytesValues) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return e.ends[i-1]
}

func (e *bytesValues) size(i, j int) int64 {
	if e.fixed > 0 || i == j {
		return int64(j-i) * int64(e.fixed)
	}
	return int64(e.ends[j-1]-e.start(i)) + 4*int64(j-i)
}

func (e *bytesValues) plain(dst []byte, i, j int) []byte {
	if e.fixed > 0 {
		dst = append(dst, e.data[i*e.fixed:j*e.fixed]...)
	} else {
		dst = e.appendStrings(dst, i, j)
	}
	if e.ordered {
		for ; i < j; i++ {
			e.widenValue(e.value(i))
		}
	}
	return dst
}

func (e *bytesValues) appendStrings(dst []byte, i, j int) []byte {
	at := len(dst)
	dst = grow(dst, int(e.size(i, j)))
	start := e.start(i)
	for _, end := range e.ends[i:j] {
		v := e.data[start:end]
		binary.LittleEndian.PutUint32(dst[at:], uint32(len(v)))
		at += 4 + copy(dst[at+4:], v)
		start = end
	}
	return dst
}

func (e *bytesValues) index(dst []uint32, i, j int) ([]uint32, bool) {
	n := len(dst)
	dst = slices.Grow(dst, j-i)
	for ; i < j; i++ {
		x, ok := e.dict.index(e.value(i), e.limit)
		if !ok {
			return dst[:n], false
		}
		dst = append(dst, x)
	}
	return dst, true
}

func (e *bytesValues) widen(index []uint32) {
	if !e.ordered {
		return
	}
	set := e.marks.clear(len(e.dict.ends))
	for _, x := range index {
		set[x] = true
	}
	for x, in := range set {
		if in {
			e.widenValue(e.dict.entry(uint32(x)))
		}
	}
}

// widenValue widens the page's bounds by v. Only what is stored of a bound is
// compared: what lies beyond can't change it.
func (e *bytesValues) widenValue(v []byte) {
	v = v[:min(len(v), boundBytes+1)]
	p := e.order(v)
	if e.any && p > e.lowPre && p < e.hiPre {
		return
	}
	if !e.any || p < e.lowPre || p == e.lowPre && bytes.Compare(v, e.low) < 0 {
		e.low, e.lowPre = append(e.low[:0], v...), p
	}
	if !e.any || p > e.hiPre || p == e.hiPre && bytes.Compare(v, e.high) > 0 {
		e.high, e.hiPre = append(e.high[:0], v...), p
	}
	e.any = true
}

// order returns the first eight bytes as an integer of their order, which is
// equal for some that differ.
func (e *bytesValues) order(v []byte) uint64 {
	if len(v) >= 8 {
		return binary.BigEndian.Uint64(v) ^ e.flip
	}
	var p uint64
	for i, c := range v {
		p |= uint64(c) << (56 - 8*i)
	}
	return p
}

func (e *bytesValues) bounds() bounds {
	b := bounds{known: e.any}
	if e.any {
		b.min, b.minExact = cutLow(e.low, e.text)
		b.max, b.maxExact = cutHigh(e.high, e.text)
		b.known = b.max != nil
	}
	e.any = false
	return b
}

// cutLow returns v or what of it fits a bound: a cut value is below v.
func cutLow(v []byte, text bool) (bound []byte, exact bool) {
	if len(v) <= boundBytes {
		return append([]byte{}, v...), true
	}
	return append([]byte{}, cutText(v, text)...), false
}

// cutHigh returns v or something above v that fits a bound: v cut, then
// raised. It returns nil when nothing is above what can be cut from v.
func cutHigh(v []byte, text bool) (bound []byte, exact bool) {
	if len(v) <= boundBytes {
		return append([]byte{}, v...), true
	}
	b := append([]byte{}, cutText(v, text)...)
	if text {
		return raiseText(b), false
	}
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1], false
		}
	}
	return nil, false
}

// cutText cuts v to boundBytes, text at a character's end.
func cutText(v []byte, text bool) []byte {
	n := boundBytes
	for text && n > boundBytes-utf8.UTFMax && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n]
}

// raiseText returns text above b and above all that begins with b, and no
// longer than b; nil when there is none. Bytes of UTF-8 are in the order of
// its characters.
func raiseText(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		b = b[:len(b)-n]
		r++
		if r == 0xd800 {
			r = 0xe000 // no surrogates in UTF-8
		}
		if next := utf8.RuneLen(r); next > 0 && next <= n {
			return utf8.AppendRune(b, r)
		}
	}
	return nil
}

func (e *bytesValues) compare(a, b []byte) int {
	if e.flip != 0 && (a[0]^b[0])&0x80 != 0 {
		return int(b[0]>>7) - int(a[0]>>7)
	}
	return bytes.Compare(a, b)
}

func (e *bytesValues) expand(dst []byte, index []uint32) []byte {
	for _, x := range index {
		dst = append(dst, e.dict.plain[e.dict.start(x):e.dict.ends[x]]...)
	}
	return dst
}

func (e *bytesValues) entries() (int, int64) { return len(e.dict.ends), int64(len(e.dict.plain)) }
func (e *bytesValues) dictionary(dst []byte) []byte {
	return append(dst, e.dict.plain...)
}
func (e *bytesValues) reset()      { e.dict.reset() }
func (e *bytesValues) held() int64 { return int64(cap(e.own)) + e.dict.held() }

func (e *bytesValues) release() {
	e.own, e.data, e.ends = nil, nil, nil
	e.dict = bytesDict{prefix: e.dict.prefix}
	e.reset()
}
