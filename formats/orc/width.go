package orc

import (
	"encoding/binary"
	"math/bits"
)

// Packed integers are 1 to 24, 26, 28, 30, 32, 40, 48, 56 or 64 bits wide. In
// headers of runs a width is five bits: itself less one up to 24, then the
// rest in their order.

// roundWidth returns the least width that values of n bits fit.
func roundWidth(n int) int {
	switch {
	case n <= 1:
		return 1
	case n <= 24:
		return n
	case n <= 32:
		return (n + 1) &^ 1
	}
	return (n + 7) &^ 7
}

// widthCode returns the five bits of a width that roundWidth returned.
func widthCode(w int) byte {
	switch {
	case w <= 24:
		return byte(w - 1)
	case w <= 32:
		return byte(24 + (w-26)/2)
	}
	return byte(28 + (w-40)/8)
}

// codedWidth is the reverse of widthCode.
func codedWidth(code byte) int {
	switch {
	case code < 24:
		return int(code) + 1
	case code < 28:
		return 26 + 2*int(code-24)
	}
	return 40 + 8*int(code-28)
}

// packedBytes returns how many bytes n values of width w take.
func packedBytes(n, w int) int { return (n*w + 7) / 8 }

// appendPacked appends values of at most w bits, from the highest bit of the
// first byte on; the last byte is filled up with zeros.
func appendPacked(dst []byte, v []uint64, w int) []byte {
	at := len(dst)
	size := packedBytes(len(v), w)
	dst = grow(dst, size+8) // stores may go past the end
	out := dst[at:]
	if w > 32 {
		for i, x := range v {
			binary.BigEndian.PutUint64(out[i*w/8:], x<<(64-w))
		}
		return dst[:at+size]
	}
	var acc uint64
	n, o := 0, 0
	for _, x := range v {
		acc = acc<<w | x
		if n += w; n >= 32 {
			n -= 32
			binary.BigEndian.PutUint32(out[o:], uint32(acc>>n))
			o += 4
		}
	}
	binary.BigEndian.PutUint32(out[o:], uint32(acc<<(32-n)))
	return dst[:at+size]
}

// grow returns b longer by n bytes whose content is undefined.
func grow(b []byte, n int) []byte {
	if len(b)+n <= cap(b) {
		return b[:len(b)+n]
	}
	return append(b, make([]byte, n)...)
}

// unpack fills v with values of width w and returns how many bytes of src they
// took; src is long enough.
func unpack(v []uint64, src []byte, w int) int {
	at := 0 // in bits
	for i := range v {
		var x uint64
		for need := w; need > 0; {
			free := 8 - at%8
			n := min(free, need)
			x = x<<n | uint64(src[at/8])>>(free-n)&(1<<n-1)
			need -= n
			at += n
		}
		v[i] = x
	}
	return (at + 7) / 8
}

// bytesOf returns how many bytes v takes, at least one.
func bytesOf(v uint64) int { return max(1, (bits.Len64(v)+7)/8) }

// appendBigEndian appends the lowest n bytes of v.
func appendBigEndian(dst []byte, v uint64, n int) []byte {
	for n--; n >= 0; n-- {
		dst = append(dst, byte(v>>(8*n)))
	}
	return dst
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
