package parquet

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Codecs, by their number in the footer.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecZstd   = 6
)

// A compressor compresses pages one after the other, reusing its memory.
type compressor struct {
	codec int32
	out   []byte
	buf   bytes.Buffer
	gzip  *gzip.Writer
	zstd  *zstd.Encoder
}

func newCompressor(name string) (*compressor, error) {
	switch name {
	case "none":
		return &compressor{codec: codecNone}, nil
	case "", "snappy":
		return &compressor{codec: codecSnappy}, nil
	case "gzip":
		w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			return nil, fmt.Errorf("parquet: gzip: %w", err)
		}
		return &compressor{codec: codecGzip, gzip: w}, nil
	case "zstd":
		// No window is needed beyond a page, and pages come one by one.
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false))
		if err != nil {
			return nil, fmt.Errorf("parquet: zstd: %w", err)
		}
		return &compressor{codec: codecZstd, zstd: w}, nil
	}
	return nil, fmt.Errorf("parquet: compression %q is not one of none, snappy, gzip, zstd", name)
}

// compress returns src compressed. The result stays until the next call.
func (c *compressor) compress(src []byte) ([]byte, error) {
	switch c.codec {
	case codecSnappy:
		if need := s2.MaxEncodedLen(len(src)); need > cap(c.out) {
			c.out = make([]byte, need)
		}
		// Unlike klauspost's snappy.Encode, this is the fast encoder.
		return s2.EncodeSnappy(c.out[:cap(c.out)], src), nil
	case codecZstd:
		c.out = c.zstd.EncodeAll(src, c.out[:0])
		return c.out, nil
	case codecGzip:
		c.buf.Reset()
		c.gzip.Reset(&c.buf)
		if _, err := c.gzip.Write(src); err != nil {
			return nil, fmt.Errorf("parquet: gzip: %w", err)
		}
		if err := c.gzip.Close(); err != nil {
			return nil, fmt.Errorf("parquet: gzip: %w", err)
		}
		return c.buf.Bytes(), nil
	}
	return src, nil
}

// Memory within the encoders of gzip and zstd once they are in use, measured.
const (
	gzipHeld = 900 << 10
	zstdHeld = 4 << 20
)

func (c *compressor) held() int64 {
	n := int64(cap(c.out)) + int64(c.buf.Cap())
	if c.gzip != nil {
		n += gzipHeld
	}
	if c.zstd != nil {
		n += zstdHeld
	}
	return n
}

// close gives up all memory.
func (c *compressor) close() {
	c.release()
	c.gzip, c.zstd = nil, nil
}

// release gives up scratch memory.
func (c *compressor) release() { c.out, c.buf = nil, bytes.Buffer{} }
