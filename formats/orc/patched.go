package orc

import "math/bits"

// A patched base run holds values less the smallest in few bits, and the
// higher bits of the few that don't fit in a list of patches. Readers expect
// one patch at least, so a run that needs none has one of nothing.

// Limits of patched base runs. The base has a sign bit in its at most eight
// bytes; a patch and its gap share 64 bits.
const (
	maxBaseBits  = 54
	maxRangeBits = 56
	maxPatches   = 31
	maxGap       = 255
)

// A patchPlan says how a run is patched.
type patchPlan struct {
	width     int // of the values
	baseBytes int
	patch     int // width of a patch
	gap       int // width of a gap
	patches   int // entries in the list
	size      int // bytes without the first two of the header
}

// planPatches finds the width at which v takes the least; ok is false if v
// can't be written so.
func (s *survey) planPatches(v []int64) (best patchPlan, ok bool) {
	span := uint64(s.high) - uint64(s.low)
	base := magnitude(s.low)
	if bits.Len64(span) > maxRangeBits || bits.Len64(base) > maxBaseBits {
		return best, false
	}
	var count [maxRangeBits + 1]int // of values by their bits
	for _, x := range v {
		count[bits.Len64(uint64(x-s.low))]++
	}
	full := roundWidth(bits.Len64(span))
	best = patchPlan{width: full, baseBytes: bytesOf(base << 1), patch: 1, gap: 1, patches: 1}
	best.size = best.bytes(len(v))
	above := 0
	for w := full - 1; w >= 1; w-- {
		if w < maxRangeBits {
			above += count[w+1]
		}
		if above > maxPatches-2 { // two entries may go for gaps
			break
		}
		if roundWidth(w) != w || above == 0 {
			continue
		}
		p := patchPlan{width: w, baseBytes: best.baseBytes, patch: roundWidth(bits.Len64(span) - w), gap: 8, patches: above + 2}
		if p.size = p.bytes(len(v)); p.size < best.size && p.patch+p.gap <= 64 {
			best = p
		}
	}
	return best, true
}

func (p *patchPlan) bytes(n int) int {
	return 2 + p.baseBytes + packedBytes(n, p.width) + packedBytes(p.patches, roundWidth(p.patch+p.gap))
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// appendPatched appends v as p says.
func (s *survey) appendPatched(dst []byte, v []int64, p *patchPlan, buf *[maxRun]uint64) []byte {
	var list [maxPatches]uint64
	patches, gap := p.list(v, s.low, list[:0])
	dst = appendRunHeader(dst, runPatched, widthCode(p.width), len(v))
	dst = append(dst, byte(p.baseBytes-1)<<5|widthCode(p.patch), byte(gap-1)<<5|byte(len(patches)))
	base := magnitude(s.low)
	if s.low < 0 {
		base |= 1 << (8*p.baseBytes - 1)
	}
	dst = appendBigEndian(dst, base, p.baseBytes)
	mask := ^uint64(0) >> (64 - p.width)
	for i, x := range v {
		buf[i] = uint64(x-s.low) & mask
	}
	dst = appendPacked(dst, buf[:len(v)], p.width)
	return appendPacked(dst, patches, roundWidth(p.patch+gap))
}

// list appends the patches: each the distance from the one before, then the
// bits above the width. A patch of nothing bridges a distance over 255. It
// returns the width of the distances, too.
func (p *patchPlan) list(v []int64, low int64, list []uint64) ([]uint64, int) {
	last, widest := 0, 0
	for i, x := range v {
		high := uint64(x-low) >> p.width
		if high == 0 {
			continue
		}
		for i-last > maxGap {
			list = append(list, maxGap<<p.patch)
			last += maxGap
			widest = maxGap
		}
		list = append(list, uint64(i-last)<<p.patch|high)
		widest = max(widest, i-last)
		last = i
	}
	if len(list) == 0 {
		list = append(list, 0)
	}
	return list, max(1, bits.Len(uint(widest)))
}
