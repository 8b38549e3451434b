package orc

import (
	"math/bits"
	"unicode/utf8"

	"hydrant/formats/column"
)

// Bytes that a dictionary may have: when the column decides by itself, and
// when a threshold was given.
const (
	defaultDictionaryBytes = 1 << 20
	chosenDictionaryBytes  = 16 << 20
)

// firstProbe is after how many values a column decides whether its dictionary
// pays.
const firstProbe = 16384

// stringValues writes text and binary. A stripe begins with a dictionary
// (binary has none) and leaves it when it gets too large or does not pay. Until
// the stripe's end the indexes into it wait encoded but not compressed, so that
// they can be turned into the values that they stand for.
type stringValues struct {
	marks          // of the direct form
	data    stream // values end to end, or indexes
	length  stream // of values, or of entries
	entries stream // of the dictionary
	lengths intEncoder

	text      bool
	pad       int // characters of char(n), else 0
	threshold float64
	limit     int

	dictionary bool
	dict       dictionary
	indexes    intEncoder
	codes      []byte      // indexes of the stripe, encoded
	groups     []codeGroup // row groups begun
	values     int64
	plain      int64 // bytes of the values
	nextProbe  int64

	padded []byte // backs values of char
	ends   []uint32
}

// A codeGroup is a row group's part of the encoded indexes.
type codeGroup struct {
	start  int   // in codes
	values int64 // before it
}

func newStringValues(s *shared, t *column.Type, o *Options) *stringValues {
	v := &stringValues{text: t.Kind != column.Binary, threshold: o.DictionaryKeyThreshold, limit: defaultDictionaryBytes}
	if v.threshold > 0 {
		v.limit = chosenDictionaryBytes
	}
	if t.Kind == column.Char {
		v.pad = t.Length
	}
	v.data.shared, v.length.shared, v.entries.shared = s, s, s
	v.lengths = newInts(s, false, &v.length)
	v.indexes = intEncoder{shared: s, out: func(b []byte) { v.codes = append(v.codes, b...) }}
	v.reset()
	return v
}

func (v *stringValues) reset() {
	v.at = v.at[:0]
	v.data.reset()
	v.length.reset()
	v.entries.reset()
	v.dictionary = v.text
	v.dict.reset()
	v.codes, v.groups = v.codes[:0], v.groups[:0]
	v.values, v.plain, v.nextProbe = 0, 0, firstProbe
}

func (v *stringValues) add(l *column.Leaf, i, j int, s *stats, f *bloomFilter) {
	if i == j {
		return
	}
	data, ends, start := l.Bytes, l.Ends[i:j], uint32(0)
	if i > 0 {
		start = l.Ends[i-1]
	}
	if v.pad > 0 {
		data, ends = v.padAll(data, ends, start)
		start = 0
	}
	size := int64(ends[len(ends)-1] - start)
	s.plus(wide(size))
	v.observe(data, ends, start, s, f)
	v.plain += size
	if v.dictionary {
		data, ends, start = v.addIndexes(data, ends, start)
	}
	if len(ends) > 0 {
		v.addDirect(data, ends, start)
	}
	v.values += int64(j - i)
	v.probe()
}

// padAll fills values up with blanks to the length of the type, as Apache's
// Java writer does and Hive's predicates expect.
func (v *stringValues) padAll(data []byte, ends []uint32, start uint32) ([]byte, []uint32) {
	v.padded, v.ends = v.padded[:0], v.ends[:0]
	for _, end := range ends {
		b := data[start:end]
		v.padded = append(v.padded, b...)
		for n := utf8.RuneCount(b); n < v.pad; n++ {
			v.padded = append(v.padded, ' ')
		}
		v.ends = append(v.ends, uint32(len(v.padded)))
		start = end
	}
	return v.padded, v.ends
}

// observe adds values to the statistics and to the filter.
func (v *stringValues) observe(data []byte, ends []uint32, start uint32, s *stats, f *bloomFilter) {
	if !v.text && f == nil {
		s.any = true
		return
	}
	for _, end := range ends {
		b := data[start:end]
		s.addBytes(b)
		if f != nil {
			f.add(hashBytes(b))
		}
		start = end
	}
}

// addIndexes adds values by the dictionary and returns those that it does not
// take, all after it was left.
func (v *stringValues) addIndexes(data []byte, ends []uint32, start uint32) ([]byte, []uint32, uint32) {
	out := v.data.ints[:0]
	for i, end := range ends {
		x, ok := v.dict.index(data[start:end], v.limit)
		if !ok {
			v.data.ints = out
			v.indexes.add(out)
			v.values += int64(i)
			v.leaveDictionary()
			v.values -= int64(i)
			return data, ends[i:], start
		}
		out = append(out, int64(x))
		start = end
	}
	v.data.ints = out
	v.indexes.add(out)
	return nil, nil, 0
}

// addDirect adds values to the streams of the direct form.
func (v *stringValues) addDirect(data []byte, ends []uint32, start uint32) {
	v.data.write(data[start:ends[len(ends)-1]])
	out := v.data.ints[:0]
	for _, end := range ends {
		out = append(out, int64(end-start))
		start = end
	}
	v.data.ints = out
	v.lengths.add(out)
}

// probe leaves a dictionary that does not pay.
func (v *stringValues) probe() {
	if v.dictionary && v.values >= v.nextProbe {
		v.nextProbe = 2 * v.values
		if !v.pays() {
			v.leaveDictionary()
		}
	}
}

// pays tells whether the dictionary is worth its while: by the threshold when
// there is one, else when it and the indexes are clearly smaller than the
// values.
func (v *stringValues) pays() bool {
	n := len(v.dict.ends)
	switch {
	case n == 0:
		return false
	case v.threshold > 0:
		return v.threshold == 1 || float64(n) <= v.threshold*float64(v.values)
	}
	indexes := v.values * int64(bits.Len(uint(n-1))) / 8
	return int64(len(v.dict.bytes)+n)+indexes < (v.plain+v.values)/4*3
}

// leaveDictionary rewrites the stripe's values, group by group, in the direct
// form.
func (v *stringValues) leaveDictionary() {
	v.indexes.flush()
	v.dictionary = false
	dec := intDecoder{v1: v.data.v1}
	for g := range v.groups {
		start, values := v.groups[g].start, v.groups[g].values
		end, until := len(v.codes), v.values
		if g+1 < len(v.groups) {
			end, until = v.groups[g+1].start, v.groups[g+1].values
		}
		if g > 0 {
			v.lengths.flush()
		}
		v.noteDirect()
		dec.reset(v.codes[start:end])
		for n := until - values; n > 0; n-- {
			x, err := dec.next()
			if err != nil {
				v.data.comp.fail(err) // our own bytes: a fault of this package
				return
			}
			v.lengths.addSame(int64(len(v.dict.entry(uint32(x)))), 1)
			v.data.write(v.dict.entry(uint32(x)))
		}
	}
	v.codes, v.groups = v.codes[:0], v.groups[:0]
	v.dict.reset()
}

func (v *stringValues) noteDirect() {
	v.note(append(v.length.positions(v.data.positions(v.at)), 0))
}

func (v *stringValues) beginGroup() {
	if v.dictionary {
		v.groups = append(v.groups, codeGroup{len(v.codes), v.values})
	} else {
		v.noteDirect()
	}
}

func (v *stringValues) endGroup() {
	v.indexes.flush()
	v.lengths.flush()
}

// finish ends the stripe. A small one without need for its dictionary then has
// none.
func (v *stringValues) finish() {
	if v.dictionary && !v.pays() {
		v.leaveDictionary()
		v.lengths.flush()
	}
	if v.dictionary {
		v.finishDictionary()
	}
	v.data.flush()
	v.length.flush()
}

func (v *stringValues) finishDictionary() {
	for g, group := range v.groups {
		end := len(v.codes)
		if g+1 < len(v.groups) {
			end = v.groups[g+1].start
		}
		v.note(append(v.data.positions(v.at), 0))
		v.data.write(v.codes[group.start:end])
	}
	v.entries.write(v.dict.bytes)
	v.entries.flush()
	start := uint32(0)
	for _, end := range v.dict.ends {
		v.lengths.addSame(int64(end-start), 1)
		start = end
	}
	v.lengths.flush()
}

func (v *stringValues) streams() []namedStream {
	s := []namedStream{{streamData, &v.data}, {streamLength, &v.length}}
	if v.dictionary {
		s = append(s, namedStream{streamDictionaryData, &v.entries})
	}
	return s
}

func (v *stringValues) encoding() (kind, entries int) {
	kind = v.data.direct()
	if v.dictionary {
		return kind + encodingDictionary, len(v.dict.ends)
	}
	return kind, 0
}

func (v *stringValues) held() int64 {
	return v.data.held() + v.length.held() + v.entries.held() + v.lengths.held() + v.indexes.held() +
		v.dict.held() + int64(cap(v.codes)+cap(v.padded)) + int64(cap(v.at))*8 + int64(cap(v.groups))*16 + int64(cap(v.ends))*4
}

func (v *stringValues) release() {
	v.at, v.codes, v.groups, v.padded, v.ends = nil, nil, nil, nil, nil
	v.data.raw, v.length.raw, v.entries.raw = nil, nil, nil
	v.lengths.pending, v.indexes.pending = nil, nil
	v.dict = dictionary{}
	v.dict.reset()
}
