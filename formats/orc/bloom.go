package orc

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A bloomFilter is the set of values of one row group, as the ORC
// specification has it under Bloom Filter Index.
type bloomFilter struct {
	hashes int
	set    []uint64
}

// newBloomFilter returns a filter that takes n values at the probability fpp
// of saying that a value is in it that isn't.
func newBloomFilter(n int64, fpp float64) *bloomFilter {
	size := int64(-float64(n) * math.Log(fpp) / (math.Ln2 * math.Ln2))
	words := size/64 + 1
	return &bloomFilter{
		hashes: max(1, int(math.Round(float64(words*64)/float64(n)*math.Ln2))),
		set:    make([]uint64, words),
	}
}

// add adds a value by its hash.
func (f *bloomFilter) add(hash uint64) {
	low, high := int32(hash), int32(hash>>32)
	for i := int32(1); i <= int32(f.hashes); i++ {
		at := low + i*high
		if at < 0 {
			at = ^at
		}
		bit := uint64(at) % uint64(len(f.set)*64)
		f.set[bit/64] |= 1 << (bit % 64)
	}
}

// has says whether a value of that hash may have been added.
func (f *bloomFilter) has(hash uint64) bool {
	one := bloomFilter{f.hashes, make([]uint64, len(f.set))}
	one.add(hash)
	for i, word := range one.set {
		if f.set[i]&word != word {
			return false
		}
	}
	return true
}

func (f *bloomFilter) addInts(v []int64) {
	for _, x := range v {
		f.add(hashInt(x))
	}
}

func (f *bloomFilter) addFloats(v []float64) {
	for _, x := range v {
		f.add(hashFloat(x))
	}
}

// take appends the filter as the entry of a BLOOM_FILTER_UTF8 stream and
// empties it.
func (f *bloomFilter) take(m *message) {
	var entry message
	entry.uint(1, uint64(f.hashes))
	words := make([]byte, 0, 8*len(f.set))
	for _, w := range f.set {
		words = binary.LittleEndian.AppendUint64(words, w)
	}
	entry.bytes(3, words)
	m.bytes(1, entry.b)
	clear(f.set)
}

// hashInt is Thomas Wang's hash of 64 bits.
func hashInt(k int64) uint64 {
	k = ^k + k<<21
	k ^= k >> 24
	k = k + k<<3 + k<<8
	k ^= k >> 14
	k = k + k<<2 + k<<4
	k ^= k >> 28
	k += k << 31
	return uint64(k)
}

// hashFloat hashes the bits of a float64; there is one NaN.
func hashFloat(f float64) uint64 {
	if f != f {
		return hashInt(0x7ff8 << 48)
	}
	return hashInt(int64(math.Float64bits(f)))
}

// Constants of Murmur3, and the seed that ORC uses.
const (
	murmurA    = 0x87c37b91114253d5
	murmurB    = 0x4cf5ad432745937f
	murmurSeed = 104729
)

// hashBytes is the first half of Murmur3's hash of 128 bits, as ORC has it.
func hashBytes(b []byte) uint64 {
	h, n := uint64(murmurSeed), len(b)
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^murmurMix(binary.LittleEndian.Uint64(b)), 27)*5 + 0x52dce729
	}
	if len(b) > 0 {
		var last [8]byte
		copy(last[:], b)
		h ^= murmurMix(binary.LittleEndian.Uint64(last[:]))
	}
	h ^= uint64(n)
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func murmurMix(k uint64) uint64 { return bits.RotateLeft64(k*murmurA, 31) * murmurB }
