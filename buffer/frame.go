package buffer

import (
	"encoding/binary"
	"sync"
)

const frameHeaderSize = 32

// A Frame collects the records of one append in the form that they have on
// disk, so that a source can decode straight into it. One goroutine owns it.
type Frame struct {
	buf   []byte // frameHeaderSize bytes of room, then length and data of each record
	count int
	bytes int64 // of record data
}

var frames = sync.Pool{New: func() any { return new(Frame) }}

// NewFrame returns an empty frame with room for about size bytes of records.
// Release gives it back.
func NewFrame(size int) *Frame {
	f := frames.Get().(*Frame)
	if cap(f.buf) < size+frameHeaderSize {
		f.buf = make([]byte, 0, size+frameHeaderSize)
	}
	f.Reset()
	return f
}

// Release gives the frame back for reuse. No slice from Reserve may be used
// after it.
func (f *Frame) Release() { frames.Put(f) }

// Reset empties the frame.
func (f *Frame) Reset() {
	f.buf = append(f.buf[:0], make([]byte, frameHeaderSize)...)
	f.count, f.bytes = 0, 0
}

// Reserve returns n bytes of room for the next record. Commit makes the first
// of them a record; without it they are nothing.
func (f *Frame) Reserve(n int) []byte {
	at := len(f.buf) + 4
	if need := at + n; need > cap(f.buf) {
		grown := make([]byte, len(f.buf), need+need/4)
		copy(grown, f.buf)
		f.buf = grown
	}
	return f.buf[at : at+n : at+n]
}

// Commit adds the first n bytes of the room that Reserve returned last as a
// record.
func (f *Frame) Commit(n int) {
	f.buf = binary.LittleEndian.AppendUint32(f.buf, uint32(n))
	f.buf = f.buf[:len(f.buf)+n]
	f.count++
	f.bytes += int64(n)
}

// Add appends a copy of record.
func (f *Frame) Add(record []byte) {
	copy(f.Reserve(len(record)), record)
	f.Commit(len(record))
}

// Len returns the number of records.
func (f *Frame) Len() int { return f.count }

// Bytes returns the bytes of record data.
func (f *Frame) Bytes() int64 { return f.bytes }
