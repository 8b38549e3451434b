package orc

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A Reader reads the rows of a file one after the other. It is for looking at
// files and for tests: it holds a stripe at a time and is not fast. It reads
// what a [Writer] writes, and files of others that have no more in them. One
// goroutine owns it.
type Reader struct {
	r    io.ReaderAt
	size int64
	meta *Meta
	zstd *zstd.Decoder

	stripe int // being read, once root is set
	left   int64
	root   *columnReader
}

// maxStream bounds what a stream takes in memory.
const maxStream = 1 << 30

// NewReader returns a reader of a file of that size, before its first row.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	rd := &Reader{r: r, size: size, stripe: -1}
	if err := rd.readTail(); err != nil {
		return nil, err
	}
	return rd, nil
}

// Meta returns the structure of the file, of which it reads what it hasn't yet.
func (r *Reader) Meta() (*Meta, error) {
	for i := range r.meta.Stripes {
		if err := r.loadFooter(i); err != nil {
			return nil, err
		}
	}
	return r.meta, nil
}

// loadFooter reads the footer of a stripe.
func (r *Reader) loadFooter(i int) error {
	s := &r.meta.Stripes[i]
	if s.Encodings != nil {
		return nil
	}
	b, err := r.section(s.Offset+s.IndexBytes+s.DataBytes, s.FooterBytes)
	if err != nil {
		return fmt.Errorf("%w (footer of stripe %d)", err, i)
	}
	if err := s.parseStripeFooter(b); err != nil {
		return err
	}
	if len(s.Encodings) != len(r.meta.types) {
		return damaged("a stripe's encodings")
	}
	return nil
}

// Read returns the next up to n rows, each with a value for each column of the
// schema, and io.EOF when there are none. A value is nil, bool, int64 (dates
// too, as days since 1970), float64, string (decimals too), []byte,
// time.Time in UTC; a slice of the elements of a list or of the fields of a
// struct; and for a map a slice of slices of key and value.
func (r *Reader) Read(n int) ([][]any, error) {
	for r.left == 0 {
		if r.stripe+1 >= len(r.meta.Stripes) {
			return nil, io.EOF
		}
		if err := r.open(r.stripe + 1); err != nil {
			return nil, err
		}
	}
	n = int(min(int64(n), r.left))
	rows, err := r.root.read(n)
	if err != nil {
		return nil, fmt.Errorf("orc: stripe %d, %d rows before its end: %w", r.stripe, r.left, err)
	}
	r.left -= int64(n)
	out := make([][]any, n)
	for i, row := range rows {
		out[i], _ = row.([]any)
	}
	return out, nil
}

// open makes a stripe the one that is read.
func (r *Reader) open(i int) error {
	if err := r.loadFooter(i); err != nil {
		return err
	}
	s := &r.meta.Stripes[i]
	root, _, err := r.columnReader(s, 0)
	if err != nil {
		return err
	}
	r.stripe, r.left, r.root = i, s.Rows, root
	return nil
}

// Seek goes to the first row of a row group of a stripe, by its row index.
func (r *Reader) Seek(stripe, group int) error {
	if err := r.open(stripe); err != nil {
		return err
	}
	s := &r.meta.Stripes[stripe]
	skipped := int64(group) * r.meta.RowIndexStride
	if group < 0 || skipped >= s.Rows {
		return fmt.Errorf("orc: stripe %d has no row group %d", stripe, group)
	}
	for _, st := range s.Streams {
		if st.kind != streamRowIndex {
			continue
		}
		b, err := r.section(st.Offset, st.Bytes)
		if err != nil {
			return err
		}
		positions, err := groupPositions(b, group)
		if err != nil {
			return err
		}
		if err := r.root.find(st.Column).seek(positions); err != nil {
			return fmt.Errorf("orc: column %d, row group %d: %w", st.Column, group, err)
		}
	}
	r.left = s.Rows - skipped
	return nil
}

// section reads and decompresses a part of the file.
func (r *Reader) section(offset, size int64) ([]byte, error) {
	b, _, err := r.chunks(offset, size)
	return b, err
}

// chunks reads and decompresses a part of the file; starts says where the
// chunk at an offset in it begins in what it returns.
func (r *Reader) chunks(offset, size int64) (out []byte, starts map[int64]int, err error) {
	if offset < 0 || size < 0 || size > r.size || offset > r.size-size || size > maxStream {
		return nil, nil, damaged("a part lies outside of the file")
	}
	src := make([]byte, size)
	if _, err := r.r.ReadAt(src, offset); err != nil && (err != io.EOF || size > 0) {
		return nil, nil, fmt.Errorf("orc: read %d bytes at %d: %w", size, offset, err)
	}
	if r.meta.codec == codecNone {
		return src, nil, nil
	}
	starts = map[int64]int{}
	for at := 0; at < len(src); {
		starts[int64(at)] = len(out)
		if len(src)-at < chunkHeader {
			return nil, nil, damaged("a chunk's header")
		}
		head := int(src[at]) | int(src[at+1])<<8 | int(src[at+2])<<16
		at += chunkHeader
		n := head >> 1
		if n > len(src)-at {
			return nil, nil, damaged("a chunk is longer than its stream")
		}
		if out, err = r.decompress(out, src[at:at+n], head&1 == 1); err != nil {
			return nil, nil, err
		}
		if at += n; len(out) > maxStream {
			return nil, nil, damaged("a stream of more than 1 GiB")
		}
	}
	starts[size] = len(out)
	return out, starts, nil
}

// decompress appends a chunk.
func (r *Reader) decompress(dst, src []byte, original bool) ([]byte, error) {
	limit := int(r.meta.BlockBytes)
	if original {
		if len(src) > limit {
			return nil, damaged("a chunk is too long")
		}
		return append(dst, src...), nil
	}
	chunk, err := r.decode(src, limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errFormat, r.meta.Compression, err)
	}
	if len(chunk) > limit {
		return nil, damaged("a chunk is too long")
	}
	return append(dst, chunk...), nil
}

func (r *Reader) decode(src []byte, limit int) ([]byte, error) {
	switch r.meta.codec {
	case codecSnappy:
		if n, err := s2.DecodedLen(src); err != nil || n > limit {
			return nil, damaged("a chunk's length")
		}
		return s2.Decode(nil, src)
	case codecLZ4:
		out := make([]byte, limit)
		n, err := lz4.UncompressBlock(src, out)
		if err != nil {
			return nil, err
		}
		return out[:n], nil
	case codecZlib:
		f := flate.NewReader(bytes.NewReader(src))
		return io.ReadAll(io.LimitReader(f, int64(limit)+1))
	}
	if r.zstd == nil {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, err
		}
		r.zstd = d
	}
	return r.zstd.DecodeAll(src, nil)
}
