package buffer

import (
	"encoding/binary"
	"iter"
)

// All yields the records of the frame in order. They are parts of the frame.
func (f *Frame) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := f.buf[frameRoom:]; len(rest) > 0; {
			n := 4 + int(binary.LittleEndian.Uint32(rest))
			if !yield(rest[4:n:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}
