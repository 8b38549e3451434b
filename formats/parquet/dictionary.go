package parquet

import (
	"encoding/binary"
	"math/bits"
)

// maxProbes is how far a value is searched in a hash table. The seeds are
// fixed so that files come out the same each time; who chooses values that
// collide makes the column fall back to PLAIN, not the writer slow.
const maxProbes = 128

// firstSlots is the size of the hash table of an empty dictionary.
const firstSlots = 1 << 8

// An intDict numbers distinct integers in the order of their coming.
type intDict struct {
	keys  []int64
	slots []uint32 // index+1 into keys, 0 when free; a power of two of them
	shift uint     // 64 minus the bits of a slot's number
}

func (d *intDict) reset() {
	if len(d.slots) != firstSlots {
		d.slots = make([]uint32, firstSlots)
		d.keys = nil
	}
	clear(d.slots)
	d.keys = d.keys[:0]
	d.shift = uint(64 - bits.TrailingZeros(firstSlots))
}

func (d *intDict) held() int64 { return int64(cap(d.keys))*8 + int64(len(d.slots))*4 }

func hashInt(v int64) uint64 {
	x := uint64(v)
	return (x ^ x>>32) * 0x9e3779b97f4a7c15
}

// index returns the index of v, adding it while there are fewer than limit
// entries. It reports false when v is not there and can't be added.
func (d *intDict) index(v int64, limit int) (uint32, bool) {
	mask := uint64(len(d.slots) - 1)
	at := hashInt(v) >> d.shift
	for range maxProbes {
		s := d.slots[at]
		if s == 0 {
			return d.add(v, at, limit)
		}
		if d.keys[s-1] == v {
			return s - 1, true
		}
		at = (at + 1) & mask
	}
	return 0, false
}

func (d *intDict) add(v int64, at uint64, limit int) (uint32, bool) {
	n := len(d.keys)
	if n >= limit {
		return 0, false
	}
	d.keys = append(withRoom(d.keys, 1, limit), v)
	d.slots[at] = uint32(n + 1)
	if 2*len(d.keys) > len(d.slots) {
		d.rehash()
	}
	return uint32(n), true
}

func (d *intDict) rehash() {
	d.slots = make([]uint32, 2*len(d.slots))
	d.shift--
	mask := uint64(len(d.slots) - 1)
	for i, v := range d.keys {
		at := hashInt(v) >> d.shift
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = uint32(i + 1)
	}
}

// A bytesDict numbers distinct byte strings in the order of their coming.
type bytesDict struct {
	prefix int    // bytes of length before each entry: 4, or 0 when all are as long
	plain  []byte // the entries in PLAIN encoding
	ends   []uint32
	slots  []uint64 // hash in the upper half, index+1 in the lower, 0 when free
}

func (d *bytesDict) reset() {
	if len(d.slots) != firstSlots {
		d.slots = make([]uint64, firstSlots)
		d.plain, d.ends = nil, nil
	}
	clear(d.slots)
	d.plain, d.ends = d.plain[:0], d.ends[:0]
}

func (d *bytesDict) held() int64 {
	return int64(cap(d.plain)) + int64(cap(d.ends))*4 + int64(len(d.slots))*8
}

// start returns where entry i begins in plain, its length included.
func (d *bytesDict) start(i uint32) int {
	if i == 0 {
		return 0
	}
	return int(d.ends[i-1])
}

func (d *bytesDict) entry(i uint32) []byte { return d.plain[d.start(i)+d.prefix : d.ends[i]] }

// index returns the index of v, adding it while plain stays within limit
// bytes. It reports false when v is not there and can't be added.
func (d *bytesDict) index(v []byte, limit int) (uint32, bool) {
	h := hashBytes(v)
	mask := uint64(len(d.slots) - 1)
	at := h & mask
	for range maxProbes {
		s := d.slots[at]
		if s == 0 {
			return d.add(v, h, at, limit)
		}
		if s>>32 == h && sameBytes(d.entry(uint32(s)-1), v) {
			return uint32(s) - 1, true
		}
		at = (at + 1) & mask
	}
	return 0, false
}

// sameBytes says whether a and b are equal, fast for short ones.
func sameBytes(a, b []byte) bool {
	if n := len(a); n == len(b) && n >= 8 && n <= 16 {
		le := binary.LittleEndian
		return le.Uint64(a) == le.Uint64(b) && le.Uint64(a[n-8:]) == le.Uint64(b[n-8:])
	}
	return string(a) == string(b)
}

func (d *bytesDict) add(v []byte, h, at uint64, limit int) (uint32, bool) {
	if len(d.plain)+d.prefix+len(v) > limit {
		return 0, false
	}
	d.plain = withRoom(d.plain, d.prefix+len(v), limit)
	if d.prefix > 0 {
		d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(v)))
	}
	d.plain = append(d.plain, v...)
	n := len(d.ends)
	d.ends = append(withRoom(d.ends, 1, limit), uint32(len(d.plain)))
	d.slots[at] = h<<32 | uint64(n+1)
	if 2*len(d.ends) > len(d.slots) {
		d.rehash()
	}
	return uint32(n), true
}

func (d *bytesDict) rehash() {
	old := d.slots
	d.slots = make([]uint64, 2*len(old))
	mask := uint64(len(d.slots) - 1)
	for _, s := range old {
		if s == 0 {
			continue
		}
		at := s >> 32 & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = s
	}
}

// Multipliers of hashBytes: odd, half of their bits set.
const (
	mulA = 0x9ddfea08eb382d69
	mulB = 0xc2b2ae3d27d4eb4f
	mulC = 0x9fb21c651e98df25
)

// hashBytes returns 32 bits that differ for most differing v. Its seeds are
// fixed. Two chains that do not wait for each other take 32 bytes a round.
func hashBytes(v []byte) uint64 {
	le := binary.LittleEndian
	h := uint64(len(v)) * mulC
	if len(v) > 32 {
		g := h
		for len(v) > 32 {
			w := v[:32]
			h = mix(le.Uint64(w)^mulA, le.Uint64(w[8:])^h)
			g = mix(le.Uint64(w[16:])^mulB, le.Uint64(w[24:])^g)
			v = v[32:]
		}
		h ^= bits.RotateLeft64(g, 32)
	}
	if len(v) > 16 {
		h = mix(le.Uint64(v)^mulA, le.Uint64(v[8:])^h)
		v = v[16:]
	}
	var a, b uint64
	switch n := len(v); {
	case n >= 8:
		a, b = le.Uint64(v), le.Uint64(v[n-8:])
	case n >= 4:
		a, b = uint64(le.Uint32(v)), uint64(le.Uint32(v[n-4:]))
	case n > 0:
		a = uint64(v[0])<<16 | uint64(v[n/2])<<8 | uint64(v[n-1])
	}
	h = mix(a^mulA, b^h^mulB)
	return (h ^ h>>32) & 0xffffffff
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
