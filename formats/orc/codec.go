package orc

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression kinds, by their number in the postscript.
const (
	codecNone   = 0
	codecZlib   = 1
	codecSnappy = 2
	codecLZ4    = 4
	codecZstd   = 5
)

// codecNames by number; the names of what this package neither writes nor
// reads are empty.
var codecNames = [...]string{codecNone: "none", codecZlib: "zlib", codecSnappy: "snappy", codecLZ4: "lz4", codecZstd: "zstd"}

// chunkHeader is the length of the header of a compression chunk.
const chunkHeader = 3

// A compressor compresses chunks one after the other, reusing its memory. Its
// first error stays.
type compressor struct {
	codec int
	out   []byte
	buf   bytes.Buffer
	flate *flate.Writer
	zstd  *zstd.Encoder
	lz4   *lz4.Compressor
	err   error
}

func newCompressor(name string) (*compressor, error) {
	switch name {
	case "none":
		return &compressor{codec: codecNone}, nil
	case "", "snappy":
		return &compressor{codec: codecSnappy}, nil
	case "lz4":
		return &compressor{codec: codecLZ4, lz4: new(lz4.Compressor)}, nil
	case "zlib":
		w, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			return nil, fmt.Errorf("orc: zlib: %w", err)
		}
		return &compressor{codec: codecZlib, flate: w}, nil
	case "zstd":
		// Chunks come one by one and are no larger than the window.
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false))
		if err != nil {
			return nil, fmt.Errorf("orc: zstd: %w", err)
		}
		return &compressor{codec: codecZstd, zstd: w}, nil
	}
	return nil, fmt.Errorf("orc: compression %q is not one of none, zlib, snappy, lz4, zstd", name)
}

// compress returns src compressed, or something that is not shorter when it
// can't be. The result stays until the next call.
func (c *compressor) compress(src []byte) []byte {
	switch c.codec {
	case codecSnappy:
		c.room(s2.MaxEncodedLen(len(src)))
		return s2.EncodeSnappy(c.out[:cap(c.out)], src)
	case codecZstd:
		c.out = c.zstd.EncodeAll(src, c.out[:0])
		return c.out
	case codecLZ4:
		c.room(lz4.CompressBlockBound(len(src)))
		n, err := c.lz4.CompressBlock(src, c.out[:cap(c.out)])
		c.fail(err)
		if n == 0 { // can't be compressed
			return src
		}
		return c.out[:n]
	case codecZlib:
		c.buf.Reset()
		c.flate.Reset(&c.buf)
		_, err := c.flate.Write(src)
		c.fail(err)
		c.fail(c.flate.Close())
		return c.buf.Bytes()
	}
	return src
}

func (c *compressor) room(n int) {
	if cap(c.out) < n {
		c.out = make([]byte, n)
	}
}

func (c *compressor) fail(err error) {
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("orc: %s: %w", codecNames[c.codec], err)
	}
}

// chunk returns the header and the body of the chunk that holds src: the
// compressed bytes, or src when they are not shorter.
func (c *compressor) chunk(src []byte) (header [chunkHeader]byte, body []byte) {
	body = c.compress(src)
	n := uint32(len(body)) << 1
	if len(body) >= len(src) {
		body = src
		n = uint32(len(src))<<1 | 1
	}
	return [chunkHeader]byte{byte(n), byte(n >> 8), byte(n >> 16)}, body
}

// Memory within the encoders once they are in use, measured.
const (
	flateHeld = 900 << 10
	zstdHeld  = 4 << 20
	lz4Held   = 72 << 10
)

func (c *compressor) held() int64 {
	n := int64(cap(c.out)) + int64(c.buf.Cap())
	switch {
	case c.flate != nil:
		n += flateHeld
	case c.zstd != nil:
		n += zstdHeld
	case c.lz4 != nil:
		n += lz4Held
	}
	return n
}

// close gives up all memory.
func (c *compressor) close() {
	c.release()
	c.flate, c.zstd, c.lz4 = nil, nil, nil
}

// release gives up scratch memory.
func (c *compressor) release() { c.out, c.buf = nil, bytes.Buffer{} }
