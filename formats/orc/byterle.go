package orc

import "encoding/binary"

// A byteEncoder writes bytes in byte run-length encoding: a run of 3 to 130
// equal bytes is its length less 3 and the byte, 1 to 128 others are their
// negative count and they.
type byteEncoder struct {
	literals []byte // up to 128, which end with the run
	run      int    // equal bytes at the end of literals; more when literals is a run alone
	out      *stream
}

const (
	minByteRun  = 3
	maxByteRun  = 127 + minByteRun
	maxLiterals = 128
)

func (e *byteEncoder) add(b byte) {
	n := len(e.literals)
	if n == 0 || e.literals[n-1] != b {
		if e.run >= minByteRun {
			e.flush()
		}
		e.literals = append(e.literals, b)
		e.run = 1
		if len(e.literals) == maxLiterals {
			e.flush()
		}
		return
	}
	e.run++
	if e.run < minByteRun {
		if e.literals = append(e.literals, b); len(e.literals) == maxLiterals {
			e.flush()
		}
		return
	}
	if e.run == minByteRun { // what precedes the run are literals
		if before := n - (minByteRun - 1); before > 0 {
			e.putLiterals(e.literals[:before])
		}
		e.literals = append(e.literals[:0], b)
	}
	if e.run == maxByteRun {
		e.flush()
	}
}

// addRun adds b n times.
func (e *byteEncoder) addRun(b byte, n int) {
	for n > 0 {
		if e.run >= minByteRun && e.literals[0] == b && e.run < maxByteRun-1 {
			more := min(n, maxByteRun-1-e.run)
			e.run += more
			n -= more
			continue
		}
		e.add(b)
		n--
	}
}

func (e *byteEncoder) putLiterals(b []byte) {
	e.out.write([]byte{byte(-len(b))})
	e.out.write(b)
}

// flush ends the run or the literals begun.
func (e *byteEncoder) flush() {
	switch {
	case len(e.literals) == 0:
		return
	case e.run >= minByteRun:
		e.out.write([]byte{byte(e.run - minByteRun), e.literals[0]})
	default:
		e.putLiterals(e.literals)
	}
	e.literals, e.run = e.literals[:0], 0
}

func (e *byteEncoder) reset() { e.literals, e.run = e.literals[:0], 0 }

// A boolEncoder writes booleans: bits from the highest of a byte down, the
// bytes in byte run-length encoding.
type boolEncoder struct {
	bytes byteEncoder
	last  byte // bits begun
	n     int  // of them
}

// ones has a 1 in each byte.
const ones = 0x0101010101010101

// add adds booleans, each 0 or 1.
func (e *boolEncoder) add(bits []uint8) {
	for ; e.n > 0 && len(bits) > 0; bits = bits[1:] {
		e.one(bits[0])
	}
	for ; len(bits) >= 8; bits = bits[8:] { // the lowest bits of eight bytes
		e.bytes.add(byte(binary.LittleEndian.Uint64(bits) * 0x8040201008040201 >> 56))
	}
	for _, b := range bits {
		e.one(b)
	}
}

func (e *boolEncoder) one(b uint8) {
	e.last |= b << (7 - e.n)
	if e.n++; e.n == 8 {
		e.bytes.add(e.last)
		e.last, e.n = 0, 0
	}
}

// addTrue adds true n times.
func (e *boolEncoder) addTrue(n int) {
	for ; e.n > 0 && n > 0; n-- {
		e.one(1)
	}
	e.bytes.addRun(0xff, n/8)
	for range n % 8 {
		e.one(1)
	}
}

// positions ends the run begun and appends where the next boolean will lie:
// the position in the stream, no byte of a run to skip, and the bits to skip
// in the byte after it.
func (e *boolEncoder) positions(dst []uint64) []uint64 {
	e.bytes.flush()
	return append(e.bytes.out.positions(dst), 0, uint64(e.n))
}

func (e *boolEncoder) finish() {
	if e.n > 0 {
		e.bytes.add(e.last)
	}
	e.last, e.n = 0, 0
	e.bytes.flush()
}

func (e *boolEncoder) reset() {
	e.last, e.n = 0, 0
	e.bytes.reset()
}
