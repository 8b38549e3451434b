package buffer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The sizes of the fixed parts of a segment file, in bytes.
const (
	headerSize      = 64
	footerSize      = 96
	frameHeaderSize = 44
	keySize         = 32 // key and digest of a frame that has a key
)

// MaxFrame is the largest frame that [Log.Append] takes, in bytes: all records
// of it, each with four bytes for its length.
const MaxFrame = 16 << 20

// maxRecords is where a segment is sealed however small its records are, so
// that the counts in a frame's header fit into 32 bits.
const maxRecords = 1 << 20

const (
	formatVersion = 1
	headerMagic   = "HydrSeg\n"
	footerMagic   = "HydrEnd\n"
	frameMagic    = "\xf7Hy" // a byte follows that says which kind of frame it is
)

// The kinds of frame.
const (
	plainFrame = 0x9d
	keyedFrame = 0x9e // key and digest stand before the records
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("checksum does not match")

// identity is what both the header and the footer of a segment say of it.
type identity struct {
	id    SegmentID
	seq   uint64
	first int64 // arrival of the first record, unix ns
}

// tag is the mark that every frame of the segment carries.
func (i identity) tag() uint32 { return crc32.Checksum(i.id[:], castagnoli) }

func (i identity) put(b []byte, magic string) {
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[8:], formatVersion)
	copy(b[16:], i.id[:])
	binary.LittleEndian.PutUint64(b[32:], i.seq)
	binary.LittleEndian.PutUint64(b[40:], uint64(i.first))
}

func getIdentity(b []byte, magic string) (identity, error) {
	sum := binary.LittleEndian.Uint32(b[len(b)-4:])
	if string(b[:8]) != magic || crc32.Checksum(b[:len(b)-4], castagnoli) != sum {
		return identity{}, errDamaged
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != formatVersion {
		return identity{}, fmt.Errorf("format %d: %w", v, ErrVersion)
	}
	return identity{
		id:    SegmentID(b[16:32]),
		seq:   binary.LittleEndian.Uint64(b[32:]),
		first: int64(binary.LittleEndian.Uint64(b[40:])),
	}, nil
}

// putSum ends b with the checksum of the rest.
func putSum(b []byte) {
	binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], castagnoli))
}

func (i identity) header() []byte {
	b := make([]byte, headerSize)
	i.put(b, headerMagic)
	putSum(b)
	return b
}

// footer closes a sealed segment: its identity again, and what it holds.
type footer struct {
	identity
	last    int64 // arrival of the last frame, unix ns
	records int64
	bytes   int64
	frames  int64
	end     int64  // offset after the last frame, where the footer lies
	keyed   uint32 // of the frames, those with a key
}

func (f footer) encode() []byte {
	b := make([]byte, footerSize)
	f.put(b, footerMagic)
	for i, n := range []int64{f.last, f.records, f.bytes, f.frames, f.end} {
		binary.LittleEndian.PutUint64(b[48+8*i:], uint64(n))
	}
	binary.LittleEndian.PutUint32(b[88:], f.keyed)
	putSum(b)
	return b
}

// decodeFooter reads the footer of a file of size bytes.
func decodeFooter(b []byte, size int64) (footer, error) {
	id, err := getIdentity(b, footerMagic)
	if err != nil {
		return footer{}, err
	}
	at := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[48+8*i:])) }
	f := footer{identity: id, last: at(0), records: at(1), bytes: at(2), frames: at(3), end: at(4),
		keyed: binary.LittleEndian.Uint32(b[88:])}
	if f.end != size-footerSize || f.end < headerSize || f.records < 0 || f.bytes < 0 || f.frames < 0 {
		return footer{}, errDamaged
	}
	return f, nil
}

// frameHeader stands before the records of one append. It also says what lies
// before it in the segment, so that a reader that had to skip a place knows
// how much was lost there.
type frameHeader struct {
	keyed   bool   // the payload begins with a key and a digest
	size    uint32 // of the payload
	count   uint32 // records in it
	crc     uint32 // of the payload
	arrival int64  // unix ns
	records uint32 // in all frames before
	frames  uint32 // before this one
	keys    uint32 // frames with a key before this one
	tag     uint32 // of the segment
}

// extra is what of the payload stands before the records.
func (h frameHeader) extra() int64 {
	if h.keyed {
		return keySize
	}
	return 0
}

func (h frameHeader) bytes() int64 { return int64(h.size) - h.extra() - 4*int64(h.count) }

// before returns the counts of all frames before the one at off.
func (h frameHeader) before(off int64) tally {
	framing := headerSize + frameHeaderSize*int64(h.frames) + keySize*int64(h.keys) + 4*int64(h.records)
	return tally{Counts{int64(h.records), off - framing}, int64(h.frames), h.keys}
}

// put writes the header for a frame at offset off into b. The checksum covers
// the offset too, so that a frame inside a record is not taken for one.
func (h frameHeader) put(b []byte, off int64) {
	copy(b, frameMagic)
	b[3] = plainFrame
	if h.keyed {
		b[3] = keyedFrame
	}
	le := binary.LittleEndian
	le.PutUint32(b[4:], h.size)
	le.PutUint32(b[8:], h.count)
	le.PutUint32(b[12:], h.crc)
	le.PutUint64(b[16:], uint64(h.arrival))
	le.PutUint32(b[24:], h.records)
	le.PutUint32(b[28:], h.frames)
	le.PutUint32(b[32:], h.keys)
	le.PutUint32(b[36:], h.tag)
	le.PutUint32(b[40:], headerSum(b, off))
}

func headerSum(b []byte, off int64) uint32 {
	var at [8]byte
	binary.LittleEndian.PutUint64(at[:], uint64(off))
	return crc32.Update(crc32.Checksum(b[:40], castagnoli), castagnoli, at[:])
}

// getFrame reads the header of a frame at offset off, and says whether it is
// one.
func getFrame(b []byte, off int64) (frameHeader, bool) {
	le := binary.LittleEndian
	if len(b) < frameHeaderSize || string(b[:3]) != frameMagic || le.Uint32(b[40:]) != headerSum(b, off) {
		return frameHeader{}, false
	}
	h := frameHeader{
		keyed: b[3] == keyedFrame,
		size:  le.Uint32(b[4:]), count: le.Uint32(b[8:]), crc: le.Uint32(b[12:]),
		arrival: int64(le.Uint64(b[16:])),
		records: le.Uint32(b[24:]), frames: le.Uint32(b[28:]), keys: le.Uint32(b[32:]), tag: le.Uint32(b[36:]),
	}
	ok := (h.keyed || b[3] == plainFrame) && int64(h.size) <= MaxFrame+h.extra() && h.count > 0 && h.bytes() >= 0 && h.before(off).Bytes >= 0
	return h, ok
}

// payloadOK says whether payload is what its header promises.
func payloadOK(payload []byte, h frameHeader) bool {
	if crc32.Checksum(payload, castagnoli) != h.crc {
		return false
	}
	payload = payload[h.extra():]
	for range h.count {
		if len(payload) < 4 {
			return false
		}
		n := binary.LittleEndian.Uint32(payload)
		if int64(n) > int64(len(payload)-4) {
			return false
		}
		payload = payload[4+n:]
	}
	return len(payload) == 0
}

// tally counts what lies in a segment up to some place.
type tally struct {
	Counts
	frames int64
	keys   uint32 // of the frames, those with a key
}

func (t tally) add(h frameHeader) tally {
	t = tally{Counts{t.Records + int64(h.count), t.Bytes + h.bytes()}, t.frames + 1, t.keys}
	if h.keyed {
		t.keys++
	}
	return t
}
