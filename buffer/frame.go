package buffer

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"sync"
)

// A Frame collects the records of one append in the form that they have on
// disk, so that a source can decode straight into it. One goroutine owns it.
type Frame struct {
	buf   []byte // frameRoom bytes, then length and data of each record
	count int
	bytes int64 // of record data
	key   frameKey
	keyed bool
}

// frameRoom is what a frame keeps free before its records: for the header and
// for the key. A frame without a key begins keySize bytes later.
const frameRoom = frameHeaderSize + keySize

// keepFrame is the largest room, in bytes, that a released frame keeps.
const keepFrame = 8 << 20

// frames are pools of frames by the length of their room in bits, so that who
// asks for little never holds much: at most twice what was asked, or 4 KiB.
var frames [24]sync.Pool

func poolOf(room int) *sync.Pool { return &frames[min(max(bits.Len(uint(room)), 12), len(frames)-1)] }

// NewFrame returns an empty frame with room for about size bytes of records.
// Release gives it back.
func NewFrame(size int) *Frame {
	f, _ := poolOf(size + frameRoom).Get().(*Frame)
	if f == nil {
		f = new(Frame)
	}
	if cap(f.buf) < size+frameRoom {
		f.buf = make([]byte, 0, size+frameRoom)
	}
	f.Reset()
	return f
}

// Grow gives the frame room for about size bytes of records in all.
func (f *Frame) Grow(size int) {
	if cap(f.buf) >= size+frameRoom {
		return
	}
	larger := NewFrame(size)
	f.buf, larger.buf = append(larger.buf[:0], f.buf...), f.buf
	larger.Release()
}

// Release gives the frame back for reuse. No slice from Reserve may be used
// after it.
func (f *Frame) Release() {
	if cap(f.buf) <= keepFrame {
		poolOf(cap(f.buf)).Put(f)
	}
}

// Reset empties the frame.
func (f *Frame) Reset() {
	var room [frameRoom]byte
	f.buf = append(f.buf[:0], room[:]...)
	f.count, f.bytes, f.keyed = 0, 0, false
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

// header returns the frame's header with all that does not depend on where
// the frame will lie: the part that appenders compute side by side.
func (f *Frame) header() frameHeader {
	payload := f.wire()[frameHeaderSize:]
	if f.keyed {
		copy(payload, f.key[:])
		digest := digestOf(payload[keySize:])
		copy(payload[len(f.key):], digest[:])
	}
	return frameHeader{
		keyed: f.keyed,
		size:  uint32(len(payload)),
		count: uint32(f.count),
		crc:   crc32.Checksum(payload, castagnoli),
	}
}

// wire returns the frame as it is written, with its header.
func (f *Frame) wire() []byte {
	if f.keyed {
		return f.buf
	}
	return f.buf[keySize:]
}
