package parquet

import (
	"encoding/binary"
	"math/bits"
)

// ones has a 1 in each byte: times a byte it repeats it eight times.
const ones = 0x0101010101010101

// A levelBuffer holds the definition or repetition levels of the page being
// filled. The slots before the first one that differs from max cost nothing.
type levelBuffer struct {
	max  uint8
	same int     // slots at max, before rest
	rest []uint8 // from the first batch on that isn't all at max
}

// add appends levels; allMax says that each of them is max.
func (l *levelBuffer) add(levels []uint8, allMax bool) {
	if allMax && len(l.rest) == 0 {
		l.same += len(levels)
		return
	}
	l.rest = append(l.rest, levels...)
}

func (l *levelBuffer) reset() { l.same, l.rest = 0, l.rest[:0] }

// appendTo appends the levels as they lie in a data page V1: the length of
// their hybrid encoding in four bytes, then the encoding.
func (l *levelBuffer) appendTo(dst []byte) []byte {
	at := len(dst)
	dst = l.appendBare(append(dst, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// appendBare appends the levels as they lie in a data page V2: their encoding
// alone.
func (l *levelBuffer) appendBare(dst []byte) []byte {
	width := bits.Len8(l.max)
	if l.same > 0 {
		dst = appendRun(dst, uint32(l.max), l.same, width)
	}
	return appendLevels(dst, l.rest, width)
}

// appendRun appends n times v as one RLE run of the RLE and bit-packing
// hybrid (Apache Parquet format, Encodings).
func appendRun(dst []byte, v uint32, n, width int) []byte {
	dst = binary.AppendUvarint(dst, uint64(n)<<1)
	for ; width > 0; width -= 8 {
		dst = append(dst, byte(v))
		v >>= 8
	}
	return dst
}

// minRun returns from how many equal values on a run of its own is smaller
// than the same values bit-packed, the second header after it included.
func minRun(width int) int { return max(8, (48/width+7)&^7) }

// appendLevels appends levels in the hybrid encoding.
func appendLevels(dst []byte, levels []uint8, width int) []byte {
	packed := 0 // start of what is not written yet
	for i := 0; i+8 <= len(levels); {
		n := levelRun(levels[i:])
		if n < minRun(width) {
			i += max(8, n&^7)
			continue
		}
		dst = packLevels(dst, levels[packed:i], width)
		dst = appendRun(dst, uint32(levels[i]), n, width)
		i += n
		packed = i
	}
	return packLevels(dst, levels[packed:], width)
}

// levelRun returns how many levels equal the first one, or 0 when the first
// eight aren't equal.
func levelRun(levels []uint8) int {
	want := ones * uint64(levels[0])
	n := 0
	for n+8 <= len(levels) && binary.LittleEndian.Uint64(levels[n:]) == want {
		n += 8
	}
	if n == 0 {
		return 0
	}
	for n < len(levels) && levels[n] == levels[0] {
		n++
	}
	return n
}

// packLevels appends levels as one bit-packed run, filled up with zeros to a
// multiple of eight; nothing for no levels.
func packLevels(dst []byte, levels []uint8, width int) []byte {
	if len(levels) == 0 {
		return dst
	}
	groups := (len(levels) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	for ; len(levels) >= 8; levels = levels[8:] {
		dst = packGroup(dst, binary.LittleEndian.Uint64(levels), width)
	}
	if len(levels) > 0 {
		var last [8]byte
		copy(last[:], levels)
		dst = packGroup(dst, binary.LittleEndian.Uint64(last[:]), width)
	}
	return dst
}

// packGroup appends eight levels, one in each byte of x, of width bits each.
func packGroup(dst []byte, x uint64, width int) []byte {
	if width == 1 { // gather the lowest bit of each byte in the highest byte
		return append(dst, byte(x*0x0102040810204080>>56))
	}
	var acc uint64
	for i := range 8 {
		acc |= (x & 0xff) << (i * width)
		x >>= 8
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], acc)
	return append(dst, b[:width]...)
}

// indexWidth returns the bits of an index into a dictionary of n entries: at
// least one, since not every reader takes none.
func indexWidth(n int) int { return max(1, bits.Len(uint(n-1))) }

// appendIndexes appends dictionary indexes as the values of a data page: the
// width of an index in one byte, then the hybrid encoding.
func appendIndexes(dst []byte, index []uint32, width int) []byte {
	dst = append(dst, byte(width))
	packed := 0 // start of what is not written yet
	least := minRun(width)
	for i := 0; i+8 <= len(index); {
		n := indexRun(index[i:])
		if n < least {
			i += 8
			continue
		}
		dst = packIndexes(dst, index[packed:i], width)
		dst = appendRun(dst, index[i], n, width)
		i += n
		packed = i
	}
	return packIndexes(dst, index[packed:], width)
}

// indexRun returns how many indexes equal the first one.
func indexRun(index []uint32) int {
	first := index[0]
	if first != index[1] || first != index[7] {
		return 1
	}
	n := 2
	for n < len(index) && index[n] == first {
		n++
	}
	return n
}

// packIndexes appends indexes as one bit-packed run, filled up with zeros to
// a multiple of eight; nothing for no indexes.
func packIndexes(dst []byte, index []uint32, width int) []byte {
	if len(index) == 0 {
		return dst
	}
	groups := (len(index) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	at := len(dst)
	dst = grow(dst, groups*width+8) // the last store may write past the end
	out := dst[at:]
	var acc uint64
	var n, o int
	for _, v := range index {
		acc |= uint64(v) << n
		n += width
		if n >= 32 {
			binary.LittleEndian.PutUint32(out[o:], uint32(acc))
			acc >>= 32
			n -= 32
			o += 4
		}
	}
	clear(out[o:])
	binary.LittleEndian.PutUint64(out[o:], acc)
	return dst[:at+groups*width]
}

// grow returns b longer by n bytes whose content is undefined.
func grow(b []byte, n int) []byte {
	if len(b)+n <= cap(b) {
		return b[:len(b)+n]
	}
	return withRoom(b, n, 1<<30)[:len(b)+n]
}
