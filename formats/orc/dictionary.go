package orc

import (
	"encoding/binary"
	"math/bits"
)

// maxProbes is how far a value is searched in the hash table. The seeds are
// fixed so that files come out the same each time; who chooses values that
// collide makes the column leave its dictionary, not the writer slow.
const maxProbes = 128

// firstSlots is the size of the hash table of an empty dictionary.
const firstSlots = 1 << 8

// A dictionary numbers distinct byte strings in the order of their coming.
type dictionary struct {
	bytes []byte // the entries end to end
	ends  []uint32
	slots []uint64 // hash in the upper half, index+1 in the lower, 0 when free
}

func (d *dictionary) reset() {
	if len(d.slots) != firstSlots {
		*d = dictionary{slots: make([]uint64, firstSlots)}
	}
	clear(d.slots)
	d.bytes, d.ends = d.bytes[:0], d.ends[:0]
}

func (d *dictionary) held() int64 {
	return int64(cap(d.bytes)) + int64(cap(d.ends))*4 + int64(len(d.slots))*8
}

func (d *dictionary) start(i uint32) uint32 {
	if i == 0 {
		return 0
	}
	return d.ends[i-1]
}

func (d *dictionary) entry(i uint32) []byte { return d.bytes[d.start(i):d.ends[i]] }

// index returns the index of v, adding it while the entries stay within limit
// bytes, four for each counted with them. It reports false when v is not there
// and can't be added.
func (d *dictionary) index(v []byte, limit int) (uint32, bool) {
	h := hashSlot(v)
	mask := uint64(len(d.slots) - 1)
	at := h & mask
	for range maxProbes {
		s := d.slots[at]
		if s == 0 {
			return d.add(v, h, at, limit)
		}
		if s>>32 == h && string(d.entry(uint32(s)-1)) == string(v) {
			return uint32(s) - 1, true
		}
		at = (at + 1) & mask
	}
	return 0, false
}

func (d *dictionary) add(v []byte, h, at uint64, limit int) (uint32, bool) {
	n := len(d.ends)
	if len(d.bytes)+len(v)+4*n >= limit {
		return 0, false
	}
	d.bytes = append(d.bytes, v...)
	d.ends = append(d.ends, uint32(len(d.bytes)))
	d.slots[at] = h<<32 | uint64(n+1)
	if 2*len(d.ends) > len(d.slots) {
		d.rehash()
	}
	return uint32(n), true
}

func (d *dictionary) rehash() {
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

// Odd multipliers, half of their bits set.
const (
	mulA = 0x9ddfea08eb382d69
	mulB = 0xc2b2ae3d27d4eb4f
	mulC = 0x9fb21c651e98df25
)

// hashSlot returns 32 bits that differ for most differing v.
func hashSlot(v []byte) uint64 {
	h := uint64(len(v)) * mulC
	for len(v) > 16 {
		h = mix(binary.LittleEndian.Uint64(v)^mulA, binary.LittleEndian.Uint64(v[8:])^h)
		v = v[16:]
	}
	var a, b uint64
	switch n := len(v); {
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint64(v[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(v)), uint64(binary.LittleEndian.Uint32(v[n-4:]))
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
