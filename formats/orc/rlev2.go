package orc

import (
	"encoding/binary"
	"math/bits"
)

// maxRun is how many values a run of version 2 has at most.
const maxRun = 512

// The four kinds of runs, in the highest bits of a run's first byte.
const (
	runRepeat  = 0 << 6
	runDirect  = 1 << 6
	runPatched = 2 << 6
	runDelta   = 3 << 6
)

// Lengths of repeats in the short form.
const (
	minRepeat = 3
	maxRepeat = 10
)

// batchInts is how many integers are encoded at once.
const batchInts = 4 * maxRun

// An intEncoder writes integers in run-length encoding. What it writes depends
// on the values between two flushes alone, not on how they came.
type intEncoder struct {
	*shared
	signed  bool
	pending []int64
	out     func(encoded []byte) // takes what is encoded, for the call
}

func (e *intEncoder) add(v []int64) {
	for len(v) > 0 {
		if len(e.pending) == 0 && len(v) >= batchInts {
			e.encode(v[:batchInts])
			v = v[batchInts:]
			continue
		}
		n := min(batchInts-len(e.pending), len(v))
		e.pending = append(e.pending, v[:n]...)
		v = v[n:]
		if len(e.pending) == batchInts {
			e.flush()
		}
	}
}

// addSame adds v n times.
func (e *intEncoder) addSame(v int64, n int) {
	for range n {
		if e.pending = append(e.pending, v); len(e.pending) == batchInts {
			e.flush()
		}
	}
}

// flush ends the runs begun.
func (e *intEncoder) flush() {
	if len(e.pending) > 0 {
		e.encode(e.pending)
		e.pending = e.pending[:0]
	}
}

func (e *intEncoder) encode(v []int64) {
	if e.v1 {
		e.scratch = appendRunsV1(e.scratch[:0], v, e.signed)
	} else {
		e.scratch = appendRuns(e.scratch[:0], v, e.signed, &e.zigzags)
	}
	e.out(e.scratch)
}

func (e *intEncoder) held() int64 { return int64(cap(e.pending)) * 8 }

// appendRuns appends v in runs of version 2; buf is scratch memory. Values of
// unsigned streams are not negative.
func appendRuns(dst []byte, v []int64, signed bool, buf *[maxRun]uint64) []byte {
	for len(v) > 0 {
		run := v[:min(len(v), maxRun)]
		s := surveyOf(run, signed)
		if cut, n := findRepeat(run, 24/s.width+2); n > 0 {
			if cut == 0 {
				dst = appendRepeat(dst, run[0], n, signed)
				v = v[n:]
				continue
			}
			run = run[:cut]
			s = surveyOf(run, signed)
		}
		dst = s.appendBest(dst, run, buf)
		v = v[len(run):]
	}
	return dst
}

// findRepeat returns where the first least or more equal values begin in v and
// how many they are; 0 and 0 when there are none.
func findRepeat(v []int64, least int) (at, n int) {
	least = max(least, minRepeat)
	for at+least <= len(v) {
		k := least - 1
		for k > 0 && v[at+k] == v[at+k-1] {
			k--
		}
		if k > 0 { // no run covers at+k-1 and at+k
			at += k
			continue
		}
		n = least
		for at+n < len(v) && v[at+n] == v[at] {
			n++
		}
		return at, n
	}
	return 0, 0
}

// appendRepeat appends a run of n equal values.
func appendRepeat(dst []byte, v int64, n int, signed bool) []byte {
	u := uint64(v)
	if signed {
		u = zigzag(v)
	}
	if n > maxRepeat { // a delta of nothing
		dst = appendRunHeader(dst, runDelta, 0, n)
		dst = binary.AppendUvarint(dst, u)
		return append(dst, 0)
	}
	size := bytesOf(u)
	dst = append(dst, runRepeat|byte(size-1)<<3|byte(n-minRepeat))
	return appendBigEndian(dst, u, size)
}

// appendRunHeader appends the two bytes with which all but short repeats begin.
func appendRunHeader(dst []byte, kind, width byte, n int) []byte {
	return append(dst, kind|width<<1|byte((n-1)>>8), byte(n-1))
}

// A survey is what the choice of an encoding needs to know of a run.
type survey struct {
	signed     bool
	width      int // of the values as they are, in zigzag if signed
	low, high  int64
	first      int64 // delta
	deltas     bool  // they all fit, and the values rise or fall
	fixed      bool  // all deltas equal the first
	deltaWidth int   // of the deltas after the first
}

func surveyOf(v []int64, signed bool) survey {
	s := survey{signed: signed, low: v[0], high: v[0]}
	var all uint64
	last := v[0]
	var up, down, same, ups, downs int64 // bits of deltas and of their negatives
	if len(v) > 1 {
		s.first = v[1] - v[0]
		up, down = s.first, -s.first
	}
	for i, x := range v {
		all |= uint64(x) ^ uint64(x>>63)
		s.low, s.high = min(s.low, x), max(s.high, x)
		if i > 1 {
			d := x - last
			ups |= d
			downs |= -d
			same |= d ^ s.first
		}
		last = x
	}
	up, down = up|ups, down|downs
	switch {
	case signed: // x^x>>63 is the zigzag value without its lowest bit
		s.width = roundWidth(bits.Len64(all) + 1)
	default:
		s.width = roundWidth(bits.Len64(all))
	}
	if len(v) < 2 || uint64(s.high)-uint64(s.low) > 1<<62 {
		return s
	}
	s.fixed = same == 0
	s.deltas = s.fixed || s.first != 0 && (up >= 0 || down >= 0)
	if up < 0 {
		ups = downs
	}
	s.deltaWidth = max(2, roundWidth(bits.Len64(uint64(ups))))
	return s
}

// appendBest appends v, of which s is the survey, as the run that is smallest.
func (s *survey) appendBest(dst []byte, v []int64, buf *[maxRun]uint64) []byte {
	direct := packedBytes(len(v), s.width)
	if s.deltas && s.deltaBytes(v) <= direct {
		return s.appendDelta(dst, v, buf)
	}
	if direct > len(v) {
		if p, ok := s.planPatches(v); ok && p.size < direct {
			return s.appendPatched(dst, v, &p, buf)
		}
	}
	dst = appendRunHeader(dst, runDirect, widthCode(s.width), len(v))
	for i, x := range v {
		if s.signed {
			buf[i] = zigzag(x)
		} else {
			buf[i] = uint64(x)
		}
	}
	return appendPacked(dst, buf[:len(v)], s.width)
}

// deltaBytes returns the bytes of v as deltas, without the header.
func (s *survey) deltaBytes(v []int64) int {
	n := (bits.Len64(zigzag(v[0])|1)+6)/7 + (bits.Len64(zigzag(s.first)|1)+6)/7
	if s.fixed {
		return n
	}
	return n + packedBytes(len(v)-2, s.deltaWidth)
}

// appendDelta appends the first value, the delta to the second, and then
// the amounts of the others; they have the sign of the first.
func (s *survey) appendDelta(dst []byte, v []int64, buf *[maxRun]uint64) []byte {
	code := byte(0)
	if !s.fixed {
		code = widthCode(s.deltaWidth)
	}
	dst = appendRunHeader(dst, runDelta, code, len(v))
	if s.signed {
		dst = binary.AppendUvarint(dst, zigzag(v[0]))
	} else {
		dst = binary.AppendUvarint(dst, uint64(v[0]))
	}
	dst = binary.AppendUvarint(dst, zigzag(s.first))
	if s.fixed {
		return dst
	}
	for i := 2; i < len(v); i++ {
		d := v[i] - v[i-1]
		if s.first < 0 {
			d = -d
		}
		buf[i] = uint64(d)
	}
	return appendPacked(dst, buf[2:len(v)], s.deltaWidth)
}
