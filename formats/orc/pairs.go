package orc

import "hydrant/formats/column"

// pairValues is what decimals and timestamps have in common: a stream of
// values and one of small integers beside them.
type pairValues struct {
	marks
	data      stream
	secondary stream
	second    intEncoder
}

func (v *pairValues) streams() []namedStream {
	return []namedStream{{streamData, &v.data}, {streamSecondary, &v.secondary}}
}

func (v *pairValues) finish() {
	v.data.flush()
	v.secondary.flush()
}

func (v *pairValues) encoding() (int, int) { return v.data.direct(), 0 }

func (v *pairValues) held() int64 {
	return v.data.held() + v.secondary.held() + v.second.held() + int64(cap(v.at))*8
}

func (v *pairValues) reset() {
	v.at = v.at[:0]
	v.data.reset()
	v.secondary.reset()
}

func (v *pairValues) release() {
	v.at, v.data.raw, v.secondary.raw, v.second.pending = nil, nil, nil, nil
}

// maxIntPrecision is up to which precision decimals come as integers; others
// come as decimalBytes bytes.
const (
	maxIntPrecision = 18
	decimalBytes    = 16
)

// decimalValues writes decimals: varints of the unscaled values, and the
// scale of each.
type decimalValues struct {
	pairValues
	precision, scale int
	text             []byte
}

func newDecimalValues(s *shared, t *column.Type) *decimalValues {
	v := &decimalValues{precision: t.Precision, scale: t.Scale}
	v.data.shared, v.secondary.shared = s, s
	v.second = newInts(s, true, &v.secondary)
	return v
}

func (v *decimalValues) add(l *column.Leaf, i, j int, s *stats, f *bloomFilter) {
	out := v.data.scratch[:0]
	for k := i; k < j; k++ {
		var x int128
		if v.precision > maxIntPrecision {
			x = bigEndian128(l.Bytes[k*decimalBytes:])
		} else {
			x = wide(l.Ints[k])
		}
		s.addWide(x)
		out = x.appendVarint(out)
		if f != nil {
			v.text = x.appendDecimal(v.text[:0], v.scale)
			f.add(hashBytes(v.text))
		}
	}
	v.data.scratch = out
	v.data.write(out)
	v.second.addSame(int64(v.scale), j-i)
}

func (v *decimalValues) beginGroup() {
	v.note(append(v.secondary.positions(v.data.positions(v.at)), 0))
}
func (v *decimalValues) endGroup() { v.second.flush() }

// timeValues writes timestamps: seconds since 2015 and nanoseconds.
type timeValues struct {
	pairValues
	seconds intEncoder
}

func newTimeValues(s *shared) *timeValues {
	v := &timeValues{}
	v.data.shared, v.secondary.shared = s, s
	v.seconds = newInts(s, true, &v.data)
	v.second = newInts(s, false, &v.secondary)
	return v
}

// epoch2015 is 2015-01-01T00:00:00Z, from which ORC counts seconds.
const epoch2015 = 1420070400

func (v *timeValues) add(l *column.Leaf, i, j int, s *stats, f *bloomFilter) {
	s.addTimes(l.Ints[i:j], l.Nanos[i:j])
	out := v.data.ints[:0]
	for k := i; k < j; k++ {
		out = append(out, storedSecond(l.Ints[k], l.Nanos[k])-epoch2015)
		if f != nil {
			f.add(hashInt(l.Ints[k]*1000 + int64(l.Nanos[k]/1e6)))
		}
	}
	v.seconds.add(out)
	out = out[:0]
	for _, n := range l.Nanos[i:j] {
		out = append(out, packNanos(n))
	}
	v.second.add(out)
	v.data.ints = out
}

func (v *timeValues) beginGroup() {
	v.note(append(v.secondary.positions(append(v.data.positions(v.at), 0)), 0))
}

func (v *timeValues) endGroup() {
	v.seconds.flush()
	v.second.flush()
}

func (v *timeValues) held() int64 { return v.pairValues.held() + v.seconds.held() }

func (v *timeValues) release() {
	v.pairValues.release()
	v.seconds.pending = nil
}

// msNanos is a millisecond. Readers take a second off times before 1970 with a
// fraction of that or more, since Apache's Java writer rounds them up.
const msNanos = 1_000_000

// storedSecond returns the second since 1970 as it is stored.
func storedSecond(second int64, nanos int32) int64 {
	if second < 0 && nanos >= msNanos {
		return second + 1
	}
	return second
}

// Storable says whether ORC can hold a time: seconds since 1970, rounded down,
// and nanoseconds. It can't hold the last second before 1970 but for its first
// millisecond: what is stored for it means a second later to all readers.
func Storable(second int64, nanos int32) bool { return second != -1 || nanos < msNanos }

// packNanos moves zeros at the end of nanoseconds into the three lowest bits:
// one less than how many there were, from two on.
func packNanos(nanos int32) int64 {
	n := int64(nanos)
	if n == 0 || n%100 != 0 {
		return n << 3
	}
	n /= 100
	zeros := int64(1)
	for ; n%10 == 0 && zeros < 7; zeros++ {
		n /= 10
	}
	return n<<3 | zeros
}

// unpackNanos is the reverse of packNanos.
func unpackNanos(v uint64) int64 {
	n := int64(v >> 3)
	if zeros := v & 7; zeros > 0 {
		for range zeros + 1 {
			n *= 10
		}
	}
	return n
}
