package orc

import "encoding/binary"

// Runs of version 1 are 3 to 130 values with a fixed delta of one byte, or up
// to 128 literals, all as varints.

// appendRunsV1 appends v in runs of version 1.
func appendRunsV1(dst []byte, v []int64, signed bool) []byte {
	begin := 0 // of the literals
	for i := 0; i < len(v); {
		n := runV1(v[i:])
		if n < minByteRun {
			i++
			continue
		}
		dst = appendLiteralsV1(dst, v[begin:i], signed)
		dst = append(dst, byte(n-minByteRun), byte(v[i+1]-v[i]))
		dst = appendVarint(dst, v[i], signed)
		i += n
		begin = i
	}
	return appendLiteralsV1(dst, v[begin:], signed)
}

// runV1 returns how many values from the first on have one delta that fits.
func runV1(v []int64) int {
	if len(v) < minByteRun {
		return 0
	}
	d := v[1] - v[0]
	if d != int64(int8(d)) || (v[1] < v[0]) != (d < 0) { // too large, or an overflow
		return 0
	}
	n := 2
	for n < len(v) && n < maxByteRun && v[n]-v[n-1] == d && (v[n] < v[n-1]) == (d < 0) {
		n++
	}
	return n
}

func appendLiteralsV1(dst []byte, v []int64, signed bool) []byte {
	for len(v) > 0 {
		n := min(len(v), maxLiterals)
		dst = append(dst, byte(-n))
		for _, x := range v[:n] {
			dst = appendVarint(dst, x, signed)
		}
		v = v[n:]
	}
	return dst
}

func appendVarint(dst []byte, v int64, signed bool) []byte {
	if signed {
		return binary.AppendUvarint(dst, zigzag(v))
	}
	return binary.AppendUvarint(dst, uint64(v))
}
