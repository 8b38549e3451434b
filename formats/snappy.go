package formats

import (
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/s2"
)

// Snappy is a block format; streams of blocks are framed in ways that readers
// don't have in common. Firehose's "Snappy" is the stream of snappy-java:
//
//	82 "SNAPPY" 00 | version 1, int32 | compatible with 1, int32
//	block: compressed length, int32 | snappy block       (32 KiB of data)
//
// Its "HADOOP_SNAPPY", which Athena reads, is that of Hadoop's SnappyCodec:
//
//	block: length of the data, int32 | compressed length, int32 | snappy block
//
// Integers are big-endian. Neither is the official framing format ("sNaPpY"),
// which Athena refuses.
const (
	xerialBlock = 32 << 10
	// hadoopBlock leaves room for snappy's worst case (a sixth and 32 bytes
	// more) in Hadoop's buffer of 256 KiB.
	hadoopBlock = 192 << 10
)

const xerialHeader = "\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"

// A blockWriter cuts what is written into snappy blocks.
type blockWriter struct {
	w      io.Writer
	block  []byte // data of the block in progress; its capacity is the block size
	out    []byte
	hadoop bool
}

func openXerial(_ string, w io.Writer) (io.WriteCloser, error) {
	if _, err := io.WriteString(w, xerialHeader); err != nil {
		return nil, err
	}
	return &blockWriter{w: w, block: make([]byte, 0, xerialBlock)}, nil
}

func openHadoop(_ string, w io.Writer) (io.WriteCloser, error) {
	return &blockWriter{w: w, block: make([]byte, 0, hadoopBlock), hadoop: true}, nil
}

func (b *blockWriter) Write(p []byte) (int, error) {
	taken := 0
	for taken < len(p) {
		n := min(cap(b.block)-len(b.block), len(p)-taken)
		b.block = append(b.block, p[taken:taken+n]...)
		taken += n
		if len(b.block) == cap(b.block) {
			if err := b.flush(); err != nil {
				return taken, err
			}
		}
	}
	return taken, nil
}

// flush writes the block in progress.
func (b *blockWriter) flush() error {
	if len(b.block) == 0 {
		return nil
	}
	const lengths = 8 // room for both
	if need := lengths + s2.MaxEncodedLen(len(b.block)); cap(b.out) < need {
		b.out = make([]byte, need)
	}
	b.out = b.out[:cap(b.out)]
	n := len(s2.EncodeSnappy(b.out[lengths:], b.block))
	binary.BigEndian.PutUint32(b.out, uint32(len(b.block)))
	binary.BigEndian.PutUint32(b.out[4:], uint32(n))
	from := 4
	if b.hadoop {
		from = 0
	}
	b.block = b.block[:0]
	_, err := b.w.Write(b.out[from : lengths+n])
	return err
}

// Close writes the last block.
func (b *blockWriter) Close() error { return b.flush() }
