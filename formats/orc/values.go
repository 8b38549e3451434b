package orc

import (
	"encoding/binary"
	"math"

	"hydrant/formats/column"
)

// newValues returns the writer of a primitive type, nil for others.
func newValues(t *column.Type, o *Options, s *shared) valueWriter {
	switch t.Kind {
	case column.Boolean:
		return newBoolValues(s)
	case column.TinyInt:
		return newByteValues(s)
	case column.SmallInt, column.Int, column.BigInt, column.Date:
		return newIntValues(s)
	case column.Float, column.Double:
		return newFloatValues(s, t.Kind)
	case column.Decimal:
		return newDecimalValues(s, t)
	case column.Timestamp:
		return newTimeValues(s)
	case column.String, column.Char, column.Varchar, column.Binary:
		return newStringValues(s, t, o)
	}
	return nil
}

// marks are the positions at which row groups begin.
type marks struct {
	at  []uint64
	per int // positions of a row group
}

func (m *marks) positions(g int) []uint64 { return m.at[g*m.per : (g+1)*m.per] }

// note keeps what is appended for a row group.
func (m *marks) note(at []uint64) {
	m.per = len(at) - len(m.at)
	m.at = at
}

// newInts returns an encoder of integers into a stream.
func newInts(s *shared, signed bool, to *stream) intEncoder {
	return intEncoder{shared: s, signed: signed, out: to.write}
}

// direct returns the encoding of columns with integers without dictionary.
func (s *shared) direct() int {
	if s.v1 {
		return encodingDirect
	}
	return encodingDirectV2
}

// intValues writes integers and dates.
type intValues struct {
	marks
	data stream
	enc  intEncoder
}

func newIntValues(s *shared) *intValues {
	v := &intValues{data: stream{shared: s}}
	v.enc = newInts(s, true, &v.data)
	return v
}

func (v *intValues) add(l *column.Leaf, i, j int, s *stats, f *bloomFilter) {
	ints := l.Ints[i:j]
	s.addInts(ints)
	if f != nil {
		f.addInts(ints)
	}
	v.enc.add(ints)
}

func (v *intValues) beginGroup()            { v.note(append(v.data.positions(v.at), 0)) }
func (v *intValues) endGroup()              { v.enc.flush() }
func (v *intValues) finish()                { v.data.flush() }
func (v *intValues) streams() []namedStream { return []namedStream{{streamData, &v.data}} }
func (v *intValues) encoding() (int, int)   { return v.data.direct(), 0 }
func (v *intValues) held() int64            { return v.data.held() + v.enc.held() + int64(cap(v.at))*8 }

func (v *intValues) reset() {
	v.at = v.at[:0]
	v.data.reset()
}

func (v *intValues) release() { v.at, v.data.raw, v.enc.pending = nil, nil, nil }

// lengthValues writes how many children lists and maps have.
type lengthValues struct{ intValues }

func newLengthValues(s *shared) *lengthValues {
	v := &lengthValues{}
	v.data.shared = s
	v.enc = newInts(s, false, &v.data)
	return v
}

func (v *lengthValues) streams() []namedStream { return []namedStream{{streamLength, &v.data}} }

// addLists adds the lengths of the lists among slots s0 to s1, which end with
// a row.
func (v *lengthValues) addLists(n *node, l *column.Leaf, s0, s1 int) {
	out := n.ints[:0]
	for i := s0; i < s1; i++ {
		switch d, rep := l.Def[i], l.Rep[i]; {
		case rep <= n.rep && d > n.def:
			out = append(out, 1)
		case rep <= n.rep && d == n.def:
			out = append(out, 0)
		case rep == n.rep+1:
			out[len(out)-1]++
		}
	}
	n.ints = out
	for _, x := range out {
		n.group.addLength(uint64(x))
	}
	v.enc.add(out)
}

// byteValues writes integers of one byte.
type byteValues struct {
	marks
	data stream
	enc  byteEncoder
}

func newByteValues(s *shared) *byteValues {
	v := &byteValues{data: stream{shared: s}}
	v.enc.out = &v.data
	return v
}

func (v *byteValues) add(l *column.Leaf, i, j int, s *stats, f *bloomFilter) {
	ints := l.Ints[i:j]
	s.addInts(ints)
	if f != nil {
		f.addInts(ints)
	}
	for _, x := range ints {
		v.enc.add(byte(x))
	}
}

func (v *byteValues) beginGroup()            { v.note(append(v.data.positions(v.at), 0)) }
func (v *byteValues) endGroup()              { v.enc.flush() }
func (v *byteValues) finish()                { v.data.flush() }
func (v *byteValues) streams() []namedStream { return []namedStream{{streamData, &v.data}} }
func (v *byteValues) encoding() (int, int)   { return encodingDirect, 0 }
func (v *byteValues) held() int64            { return v.data.held() + int64(cap(v.at))*8 }

func (v *byteValues) reset() {
	v.at = v.at[:0]
	v.data.reset()
}

func (v *byteValues) release() { v.at, v.data.raw = nil, nil }

// boolValues writes booleans.
type boolValues struct {
	marks
	data stream
	enc  boolEncoder
}

func newBoolValues(s *shared) *boolValues {
	v := &boolValues{data: stream{shared: s}}
	v.enc.bytes.out = &v.data
	return v
}

func (v *boolValues) add(l *column.Leaf, i, j int, s *stats, _ *bloomFilter) {
	ints := l.Ints[i:j]
	s.addInts(ints)
	bits := v.data.bits[:0]
	for _, x := range ints {
		bits = append(bits, uint8(x&1))
	}
	v.data.bits = bits
	v.enc.add(bits)
}

func (v *boolValues) beginGroup() { v.note(v.enc.positions(v.at)) }
func (v *boolValues) endGroup()   {}
func (v *boolValues) finish() {
	v.enc.finish()
	v.data.flush()
}
func (v *boolValues) streams() []namedStream { return []namedStream{{streamData, &v.data}} }
func (v *boolValues) encoding() (int, int)   { return encodingDirect, 0 }
func (v *boolValues) held() int64            { return v.data.held() + int64(cap(v.at))*8 }

func (v *boolValues) reset() {
	v.at = v.at[:0]
	v.enc.reset()
	v.data.reset()
}

func (v *boolValues) release() { v.at, v.data.raw = nil, nil }

// floatValues writes floats as they are, little-endian.
type floatValues struct {
	marks
	data  stream
	width int
}

func newFloatValues(s *shared, k column.Kind) *floatValues {
	v := &floatValues{data: stream{shared: s}, width: 8}
	if k == column.Float {
		v.width = 4
	}
	return v
}

func (v *floatValues) add(l *column.Leaf, i, j int, s *stats, f *bloomFilter) {
	floats := l.Floats[i:j]
	s.addFloats(floats)
	if f != nil {
		f.addFloats(floats)
	}
	out := grow(v.data.scratch[:0], v.width*len(floats))
	if v.width == 4 {
		for i, x := range floats {
			binary.LittleEndian.PutUint32(out[4*i:4*i+4], math.Float32bits(float32(x)))
		}
	} else {
		for i, x := range floats {
			binary.LittleEndian.PutUint64(out[8*i:8*i+8], math.Float64bits(x))
		}
	}
	v.data.scratch = out
	v.data.write(out)
}

func (v *floatValues) beginGroup()            { v.note(v.data.positions(v.at)) }
func (v *floatValues) endGroup()              {}
func (v *floatValues) finish()                { v.data.flush() }
func (v *floatValues) streams() []namedStream { return []namedStream{{streamData, &v.data}} }
func (v *floatValues) encoding() (int, int)   { return encodingDirect, 0 }
func (v *floatValues) held() int64            { return v.data.held() + int64(cap(v.at))*8 }

func (v *floatValues) reset() {
	v.at = v.at[:0]
	v.data.reset()
}

func (v *floatValues) release() { v.at, v.data.raw = nil, nil }
