package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"hydrant/formats/column"
)

// Sizes of a split block bloom filter (Apache Parquet format, Bloom Filter).
const (
	bloomBlock = 32      // bytes; eight words, of which a value sets one bit each
	bloomBytes = 1 << 20 // of the filter while it is filled, and at most in the file
)

// A bloom is the bloom filter of a column chunk. It is filled at its largest
// size, and folded to what its values need in the end: the number of a value's
// block is the upper bits of its hash, so that neighbours can be joined.
type bloom struct {
	width    int // bytes of a value in PLAIN encoding; 0 when they carry their length
	fpp      float64
	bits     []uint32 // nil: no value yet
	distinct int      // values that set a bit: about as many as there are
	index    []uint32 // scratch
	entries  []byte   // scratch
}

// salts choose the bits of a value in a block, by the specification.
var salts = [8]uint32{
	0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
}

// addBlooms makes the bloom filters that the options name.
func (w *Writer) addBlooms(s *column.Schema) error {
	if len(w.opts.BloomFilters) == 0 {
		return nil
	}
	if err := s.Check(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	byName := map[string]*chunkWriter{}
	for i, l := range s.Leaves() {
		byName[l.Name()] = w.columns[i]
	}
	for _, name := range w.opts.BloomFilters {
		c := byName[strings.ToLower(name)]
		switch {
		case c == nil:
			return fmt.Errorf("parquet: bloom filter for %s: there is no such column of one value; parts of others are called geo.lat, tags.element, labels.key or labels.value", name)
		case c.leaf.typ.Kind == column.Boolean:
			return fmt.Errorf("parquet: bloom filter for %s: a boolean has none", name)
		}
		c.bloom = &bloom{fpp: w.opts.BloomFPP, width: c.leaf.width()}
	}
	return nil
}

// width returns the bytes of a value in PLAIN encoding, 0 when it varies.
func (l *leafSchema) width() int {
	switch l.physical {
	case physInt32, physFloat:
		return 4
	case physInt64, physDouble:
		return 8
	case physInt96:
		return 12
	case physFixed:
		return l.length
	}
	return 0
}

func (b *bloom) held() int64 {
	if b == nil {
		return 0
	}
	return 4*int64(cap(b.bits)+cap(b.index)) + int64(cap(b.entries))
}

func (b *bloom) reset() {
	clear(b.bits)
	b.distinct = 0
}

// bloomEntries adds what came to the dictionary after its first entries.
func (c *chunkWriter) bloomEntries(known int) {
	b := c.bloom
	b.index = b.index[:0]
	for n, _ := c.enc.entries(); known < n; known++ {
		b.index = append(b.index, uint32(known))
	}
	b.entries = c.enc.expand(b.entries[:0], b.index)
	b.addPlain(b.entries)
}

// addPlain adds values in PLAIN encoding.
func (b *bloom) addPlain(values []byte) {
	if b.bits == nil && len(values) > 0 {
		b.bits = make([]uint32, bloomBytes/4)
	}
	for len(values) > 0 {
		n := b.width
		if n == 0 {
			n = int(binary.LittleEndian.Uint32(values))
			values = values[4:]
		}
		b.add(xxh64(values[:n]))
		values = values[n:]
	}
}

func (b *bloom) add(hash uint64) {
	block := int(hash>>32*(bloomBytes/bloomBlock)>>32) * 8
	words := b.bits[block : block+8]
	fresh := false
	for i, salt := range salts {
		bit := uint32(1) << (uint32(hash) * salt >> 27)
		fresh = fresh || words[i]&bit == 0
		words[i] |= bit
	}
	if fresh {
		b.distinct++
	}
}

// size returns the bytes that the filter needs: a power of two.
func (b *bloom) size() int {
	needed := -8 * float64(b.distinct) / math.Log(1-math.Pow(b.fpp, 1.0/8)) / 8
	size := bloomBlock
	for size < bloomBytes && float64(size) < needed {
		size *= 2
	}
	return size
}

// appendTo appends the filter of that size.
func (b *bloom) appendTo(dst []byte, size int) []byte {
	joined := bloomBytes / size
	for block := range size / bloomBlock {
		for word := range 8 {
			var v uint32
			for k := range joined {
				v |= b.bits[(block*joined+k)*8+word]
			}
			dst = binary.LittleEndian.AppendUint32(dst, v)
		}
	}
	return dst
}

// writeBloom writes the bloom filter of a chunk, if it has one and any value.
func (w *Writer) writeBloom(c *chunkWriter, p *chunkPlace) error {
	b := c.bloom
	if b == nil || b.distinct == 0 {
		return nil
	}
	size := b.size()
	var t thrift
	t.open()
	t.i32(1, int32(size))
	for id := int16(2); id <= 4; id++ { // split blocks, XXH64, not compressed
		t.openField(id)
		t.empty(1)
		t.close()
	}
	t.close()
	t.b = b.appendTo(t.b, size)
	p.bloom = indexPlace{w.offset, int32(len(t.b))}
	return w.write(t.b)
}

// Primes of XXH64.
const (
	prime1 = 0x9e3779b185ebca87
	prime2 = 0xc2b2ae3d27d4eb4f
	prime3 = 0x165667b19e3779f9
	prime4 = 0x85ebca77c2b2ae63
	prime5 = 0x27d4eb2f165667c5
)

// xxh64 is the XXH64 hash of b with seed 0 (xxHash fast digest algorithm).
func xxh64(b []byte) uint64 {
	n := uint64(len(b))
	h := uint64(prime5)
	if len(b) >= 32 {
		lanes := [4]uint64{prime2, prime2, 0, 0}
		lanes[0] += prime1
		lanes[3] -= prime1
		for ; len(b) >= 32; b = b[32:] {
			for i := range lanes {
				lanes[i] = xxRound(lanes[i], binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		h = bits.RotateLeft64(lanes[0], 1) + bits.RotateLeft64(lanes[1], 7) + bits.RotateLeft64(lanes[2], 12) + bits.RotateLeft64(lanes[3], 18)
		for _, lane := range lanes {
			h = (h^xxRound(0, lane))*prime1 + prime4
		}
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(b)), 27)*prime1 + prime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*prime1, 23)*prime2 + prime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return h ^ h>>32
}

func xxRound(acc, input uint64) uint64 {
	return bits.RotateLeft64(acc+input*prime2, 31) * prime1
}
