package buffer

import (
	"encoding/binary"
	"hash/crc32"
)

// The sizes of the parts of a segment file, for tests that damage one.
const (
	HeaderSize      = headerSize
	FooterSize      = footerSize
	FrameHeaderSize = frameHeaderSize
	CompactLedger   = compactLedger
)

// NextID returns the id of a segment that follows last.
var NextID = SegmentID.next

// PutSum ends b with the checksum of the rest.
var PutSum = putSum

// FixSums makes the checksums in the bytes of a segment match again.
func FixSums(b []byte) {
	if len(b) >= headerSize {
		putSum(b[:headerSize])
	}
	if len(b) >= headerSize+footerSize {
		putSum(b[len(b)-footerSize:])
	}
	for off := headerSize; off+frameHeaderSize <= len(b); off++ {
		if string(b[off:off+4]) != frameMagic {
			continue
		}
		size := binary.LittleEndian.Uint32(b[off+4:])
		if end := int64(off+frameHeaderSize) + int64(size); end <= int64(len(b)) {
			binary.LittleEndian.PutUint32(b[off+12:], crc32.Checksum(b[off+frameHeaderSize:end], castagnoli))
		}
		binary.LittleEndian.PutUint32(b[off+36:], headerSum(b[off:], int64(off)))
	}
}
