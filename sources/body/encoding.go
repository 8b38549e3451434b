package body

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The content encodings that are understood; others are refused. "identity"
// and an absent header are Identity.
const (
	Identity = ""
	Gzip     = "gzip"
	Zstd     = "zstd"
)

// WindowBytes is the most memory that a decoder of [NewDecoder] holds.
const WindowBytes = 9 << 20

// Encoding returns which of the content encodings a Content-Encoding header
// names, or an error that is [ErrUnsupported] for one that is not in allowed.
func Encoding(header string, allowed ...string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(header))
	if name == "" || name == "identity" {
		return Identity, nil
	}
	if name == "x-gzip" {
		name = Gzip
	}
	for _, a := range allowed {
		if a == name {
			return name, nil
		}
	}
	return "", fmt.Errorf("%w: Content-Encoding %q; use %s or none", ErrUnsupported, header, strings.Join(allowed, ", "))
}

var gzipReaders sync.Pool

func newGzipReader(src io.Reader) (*gzip.Reader, error) {
	if z, _ := gzipReaders.Get().(*gzip.Reader); z != nil {
		if err := z.Reset(src); err != nil {
			gzipReaders.Put(z)
			return nil, decodeError(Gzip, err)
		}
		return z, nil
	}
	z, err := gzip.NewReader(src)
	if err != nil {
		return nil, decodeError(Gzip, err)
	}
	return z, nil
}

// Gunzip returns what b unpacks to, at most limit bytes and never more than
// [MaxSize]. Its memory comes from the same budget. The caller releases both.
func (b *Body) Gunzip(ctx context.Context, limit int64) (*Body, error) {
	z, err := newGzipReader(bytes.NewReader(b.buf))
	if err != nil {
		return nil, err
	}
	defer gzipReaders.Put(z)
	limit = min(limit, MaxSize)
	text := &Body{budget: b.budget, share: b.budget.Share(nil, charge(limit))}
	return readUnsized(ctx, decoding{z, Gzip}, b.unpackedHint(limit), limit, text)
}

// unpackedHint reads the size that a gzip file of one member ends with (RFC
// 1952, section 2.3.1, ISIZE). Nobody is obliged to tell the truth there, so
// it is a start and never a bound. One byte more lets the end be seen without
// growing.
func (b *Body) unpackedHint(limit int64) int64 {
	if len(b.buf) < 18 {
		return firstBytes
	}
	size := int64(binary.LittleEndian.Uint32(b.buf[len(b.buf)-4:]))
	return min(size+1, limit, int64(len(b.buf))*64)
}

// NewDecoder returns a reader of what src unpacks to. Its read errors are
// [ErrEncoding] where the data is at fault and src's own otherwise. The caller
// closes it.
func NewDecoder(encoding string, src io.Reader) (io.ReadCloser, error) {
	switch encoding {
	case Identity:
		return io.NopCloser(src), nil
	case Gzip:
		z, err := newGzipReader(src)
		if err != nil {
			return nil, err
		}
		return pooledGzip{decoding{z, Gzip}, z}, nil
	case Zstd:
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, fmt.Errorf("body: zstd: %w", err)
		}
		return closingZstd{decoding{z, Zstd}, z}, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnsupported, encoding)
}

// NewSource returns the body of r as a reader that says with this package's
// errors what went wrong, and notes in share (which may be nil) how fast the
// body comes.
func NewSource(r *http.Request, share *Share) io.Reader { return &source{r: r, share: share} }

type source struct {
	r     *http.Request
	share *Share
	got   int64
}

func (s *source) Read(p []byte) (int, error) {
	s.share.begin()
	n, err := s.r.Body.Read(p)
	s.share.end(n)
	s.got += int64(n)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case s.share.wasEvicted():
		return n, fmt.Errorf("%w: others waited while %d bytes came", ErrBusy, s.got)
	}
	return n, readError(err, s.got, s.r.ContentLength)
}

type pooledGzip struct {
	decoding
	z *gzip.Reader
}

func (p pooledGzip) Close() error {
	gzipReaders.Put(p.z)
	return nil
}

type closingZstd struct {
	decoding
	z *zstd.Decoder
}

func (c closingZstd) Close() error {
	c.z.Close()
	return nil
}

// decoding gives the errors of a decoder their meaning.
type decoding struct {
	io.Reader
	encoding string
}

func (d decoding) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = decodeError(d.encoding, err)
	}
	return n, err
}

// decodeError tells bad data from a source that could not be read.
func decodeError(encoding string, err error) error {
	switch {
	case errors.Is(err, ErrSlow), errors.Is(err, ErrTruncated), errors.Is(err, ErrTooLarge):
		return err
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the %s data ends early", ErrEncoding, encoding)
	}
	return fmt.Errorf("%w: %s: %s", ErrEncoding, encoding, strings.TrimPrefix(err.Error(), encoding+": "))
}
