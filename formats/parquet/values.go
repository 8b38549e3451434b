package parquet

import (
	"bytes"

	"hydrant/formats/column"
)

// A valueEncoder turns the values of one leaf into bytes. It knows the values
// of the chunk of rows at hand, the dictionary of the column chunk and the
// bounds of the page being filled. Values are named by their position i <= v
// < j in the chunk of rows.
type valueEncoder interface {
	// load takes the values of a chunk of rows, which must stay until the next
	// call or the end of their use.
	load(l *column.Leaf)
	// size returns the bytes of values in PLAIN encoding.
	size(i, j int) int64
	// plain appends values in PLAIN encoding and widens the page's bounds.
	plain(dst []byte, i, j int) []byte
	// index appends the dictionary indexes of values, adding to the
	// dictionary. It reports false when the dictionary can't take them all; dst
	// then comes back as it was.
	index(dst []uint32, i, j int) ([]uint32, bool)
	// widen widens the page's bounds by entries of the dictionary.
	widen(index []uint32)
	// expand appends entries of the dictionary in PLAIN encoding.
	expand(dst []byte, index []uint32) []byte
	// entries returns the length of the dictionary and its bytes in PLAIN
	// encoding.
	entries() (n int, size int64)
	// dictionary appends the dictionary in PLAIN encoding.
	dictionary(dst []byte) []byte
	// reset empties the dictionary.
	reset()
	// bounds returns the bounds of the page, as Parquet stores them, and begins
	// the next page's.
	bounds() bounds
	// compare orders two bounds.
	compare(a, b []byte) int
	// held returns the bytes of memory held.
	held() int64
	// release gives up scratch memory. The dictionary is empty when it is called.
	release()
}

// Bounds are values that nothing in a page or column chunk is below or above.
// Without known is nothing known: there are no values, there are NaNs among
// them, or the type has no defined order.
type bounds struct {
	known              bool
	min, max           []byte
	minExact, maxExact bool // is the bound itself one of the values
}

// newValueEncoder returns the encoder of a leaf; marks is scratch memory that
// encoders of one writer share.
func newValueEncoder(l *leafSchema, o *Options, marks *marks) valueEncoder {
	switch l.physical {
	case physBoolean:
		return new(boolValues)
	case physByteArray, physInt96:
		return newBytesValues(l, o, marks)
	case physFixed:
		if l.typ.Precision > maxIntPrecision {
			return newBytesValues(l, o, marks)
		}
	}
	return newIntValues(l, o, marks)
}

// maxIntPrecision is up to which precision decimals come as integers.
const maxIntPrecision = 18

// marks is a set of dictionary indexes.
type marks struct{ set []bool }

// clear returns the empty set for n entries.
func (m *marks) clear(n int) []bool {
	if cap(m.set) < n {
		m.set = make([]bool, n+n/4)
	}
	m.set = m.set[:n]
	clear(m.set)
	return m.set
}

// boolValues encodes booleans: bits, never a dictionary.
type boolValues struct {
	ints []int64
	n    int // values in the page
	ones int // of them true
}

func (e *boolValues) load(l *column.Leaf) { e.ints = l.Ints }
func (e *boolValues) size(i, j int) int64 { return int64(j - i) }

func (e *boolValues) plain(dst []byte, i, j int) []byte {
	for _, v := range e.ints[i:j] {
		bit := byte(v & 1)
		if e.n%8 == 0 {
			dst = append(dst, bit)
		} else {
			dst[len(dst)-1] |= bit << (e.n % 8)
		}
		e.n++
		e.ones += int(bit)
	}
	return dst
}

func (e *boolValues) bounds() bounds {
	b := bounds{known: e.n > 0, minExact: true, maxExact: true, min: []byte{1}, max: []byte{0}}
	if e.ones < e.n {
		b.min[0] = 0
	}
	if e.ones > 0 {
		b.max[0] = 1
	}
	e.n, e.ones = 0, 0
	return b
}

func (e *boolValues) index(dst []uint32, _, _ int) ([]uint32, bool) { return dst, false }
func (e *boolValues) widen([]uint32)                                {}
func (e *boolValues) expand(dst []byte, _ []uint32) []byte          { return dst }
func (e *boolValues) entries() (int, int64)                         { return 0, 0 }
func (e *boolValues) dictionary(dst []byte) []byte                  { return dst }
func (e *boolValues) reset()                                        {}
func (e *boolValues) compare(a, b []byte) int                       { return bytes.Compare(a, b) }
func (e *boolValues) held() int64                                   { return 0 }
func (e *boolValues) release()                                      {}
