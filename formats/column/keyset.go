package column

import (
	"encoding/binary"
	"hash/maphash"
	"math"
)

// fewKeys is up to how many keys of a map are compared one by one.
const fewKeys = 16

// A keySet tells which keys a map has: the values of its key leaf from first
// on. It keeps memory from one map to the next.
type keySet struct {
	first int
	n     int
	seed  maphash.Seed
	slots []uint32 // index of a value from first on, plus 1; 0 when free. Used from fewKeys on
}

// begin starts a map whose first key will be the next value of keys.
func (k *keySet) begin(keys *Leaf) { k.first, k.n = keys.count(), 0 }

// add takes the last value of keys as a key. It says whether that is new.
func (k *keySet) add(keys *Leaf) bool {
	last := k.first + k.n
	if k.n < fewKeys {
		for i := k.first; i < last; i++ {
			if keys.equal(i, last) {
				return false
			}
		}
		k.n++
		return true
	}
	if k.n == fewKeys || 2*k.n >= len(k.slots) {
		k.grow(keys)
	}
	if !k.put(keys, last) {
		return false
	}
	k.n++
	return true
}

// grow makes room for more keys and enters those that there are.
func (k *keySet) grow(keys *Leaf) {
	size := 4 * k.n
	if cap(k.slots) < size {
		k.slots = make([]uint32, size)
		k.seed = maphash.MakeSeed()
	}
	k.slots = k.slots[:size]
	clear(k.slots)
	for i := range k.n {
		k.put(keys, k.first+i)
	}
}

// put enters value i and says whether no equal one was there.
func (k *keySet) put(keys *Leaf, i int) bool {
	at := int(keys.hash(i, k.seed) % uint64(len(k.slots)))
	for k.slots[at] != 0 {
		if keys.equal(k.first+int(k.slots[at])-1, i) {
			return false
		}
		if at++; at == len(k.slots) {
			at = 0
		}
	}
	k.slots[at] = uint32(i-k.first) + 1
	return true
}

// inBytes says whether the values of l are in Bytes.
func (l *Leaf) inBytes() bool {
	return l.Type.Kind.isText() || l.Type.Kind == Binary || l.Type.Kind == Decimal && l.Type.Precision > 18
}

// count returns the number of values.
func (l *Leaf) count() int {
	switch {
	case l.inBytes():
		return len(l.Ends)
	case l.Type.Kind == Float || l.Type.Kind == Double:
		return len(l.Floats)
	}
	return len(l.Ints)
}

// bytesAt returns value i, which is in Bytes.
func (l *Leaf) bytesAt(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = l.Ends[i-1]
	}
	return l.Bytes[from:l.Ends[i]]
}

// equal says whether values i and j are the same.
func (l *Leaf) equal(i, j int) bool {
	switch {
	case l.inBytes():
		return string(l.bytesAt(i)) == string(l.bytesAt(j))
	case l.Type.Kind == Float || l.Type.Kind == Double:
		return l.Floats[i] == l.Floats[j]
	case l.Type.Kind == Timestamp:
		return l.Ints[i] == l.Ints[j] && l.Nanos[i] == l.Nanos[j]
	}
	return l.Ints[i] == l.Ints[j]
}

func (l *Leaf) hash(i int, seed maphash.Seed) uint64 {
	var b [8]byte
	switch {
	case l.inBytes():
		return maphash.Bytes(seed, l.bytesAt(i))
	case l.Type.Kind == Float || l.Type.Kind == Double:
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(l.Floats[i]+0)) // -0 becomes 0
	case l.Type.Kind == Timestamp:
		binary.LittleEndian.PutUint64(b[:], uint64(l.Ints[i])<<30^uint64(l.Nanos[i]))
	default:
		binary.LittleEndian.PutUint64(b[:], uint64(l.Ints[i]))
	}
	return maphash.Bytes(seed, b[:])
}

// drop takes back the last value and its definition level.
func (l *Leaf) drop() {
	l.dropValues(1)
	l.Def = l.Def[:len(l.Def)-1]
}
