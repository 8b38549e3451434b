package body

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/http"
	"os"
	"sync"
)

// The ways in which a body goes wrong. Errors of [Read] and [Body.Gunzip] are
// told apart with errors.Is.
var (
	ErrTooLarge  = errors.New("body: too large")
	ErrTruncated = errors.New("body: cut off")
	ErrSlow      = errors.New("body: too slow")
	ErrEncoding  = errors.New("body: does not decode")
	// ErrUnsupported is for an encoding that is not taken at all.
	ErrUnsupported = errors.New("body: encoding not supported")
)

// Size classes of pooled buffers are powers of two.
const (
	minClass = 12 // 4 KiB: most single records
	maxClass = 23 // 8 MiB
	// MaxSize is the most that a body may have, in bytes.
	MaxSize = 1 << maxClass
)

// firstBytes is the buffer that a body of unknown or greater length starts
// with, in bytes.
const firstBytes = 64 << 10

var pools [maxClass + 1]sync.Pool

// A Body is a request body in memory. One goroutine owns it.
type Body struct {
	buf    []byte // capacity is that of its size class
	budget *Budget
	share  *Share
}

// Read takes the whole body of r, of at most limit bytes (and never more than
// [MaxSize]), out of budget. Whatever length is announced, the buffer grows
// fourfold at most, and only when it is full: who sends little holds little.
//
// A whole body is charged twice its buffer: once for itself and once for what
// is decoded from it. The caller releases it.
func Read(r *http.Request, limit int64, budget *Budget) (*Body, error) {
	limit = min(limit, MaxSize)
	size := r.ContentLength
	if size > limit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, limit)
	}
	if size < 0 {
		share := budget.Share(r, charge(limit))
		return readUnsized(r.Context(), NewSource(r, share), firstBytes, limit, &Body{budget: budget, share: share})
	}
	b := &Body{budget: budget, share: budget.Share(r, charge(size))}
	if err := b.fill(r.Context(), NewSource(r, b.share), size); err != nil {
		b.Release()
		return nil, err
	}
	return b, nil
}

// fill reads size bytes of src.
func (b *Body) fill(ctx context.Context, src io.Reader, size int64) error {
	for upto := min(size, firstBytes); ; upto = min(size, 4*upto) {
		if err := b.grow(ctx, upto, upto == size && size <= firstBytes); err != nil {
			return err
		}
		n, err := io.ReadFull(src, b.buf[len(b.buf):upto])
		b.buf = b.buf[:len(b.buf)+n]
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return readError(err, int64(len(b.buf)), size)
		case err != nil:
			return err
		case upto == size:
			return b.settle(ctx)
		}
	}
}

// readUnsized reads src to its end into b, whose buffer starts with room for
// first bytes and doubles. Errors of src are returned as they are; b is
// released then.
func readUnsized(ctx context.Context, src io.Reader, first, limit int64, b *Body) (*Body, error) {
	err := b.grow(ctx, min(first, limit), false)
	for err == nil {
		var n int
		n, err = src.Read(b.buf[len(b.buf):cap(b.buf)])
		b.buf = b.buf[:len(b.buf)+n]
		switch {
		case int64(len(b.buf)) > limit:
			err = fmt.Errorf("%w: at most %d bytes", ErrTooLarge, limit)
		case err == nil && len(b.buf) == cap(b.buf):
			err = b.makeRoom(ctx, src, limit)
		}
	}
	if err == io.EOF {
		err = b.settle(ctx)
	}
	if err != nil {
		b.Release()
		return nil, err
	}
	return b, nil
}

// makeRoom doubles a full buffer. At MaxSize there is no larger one, so it
// looks instead whether src has ended: io.EOF says that it has.
func (b *Body) makeRoom(ctx context.Context, src io.Reader, limit int64) error {
	if cap(b.buf) < MaxSize {
		return b.grow(ctx, int64(cap(b.buf))*2, false)
	}
	var one [1]byte
	n, err := io.ReadFull(src, one[:])
	if n > 0 {
		return fmt.Errorf("%w: at most %d bytes", ErrTooLarge, limit)
	}
	return err
}

// grow gives b a buffer for at least n bytes, with what it already holds. It
// charges the buffer, or at once all that the body needs when it is whole.
func (b *Body) grow(ctx context.Context, n int64, whole bool) error {
	class := classOf(n)
	held := int64(1) << class
	if whole {
		held = charge(n)
	}
	if err := b.share.Grow(ctx, held); err != nil {
		return err
	}
	larger, _ := pools[class].Get().(*[]byte)
	if larger == nil {
		fresh := make([]byte, 0, 1<<class)
		larger = &fresh
	}
	old := b.buf
	b.buf = append((*larger)[:0], old...)
	recycle(old)
	return nil
}

// settle charges a body that has come whole.
func (b *Body) settle(ctx context.Context) error {
	return b.share.Settle(ctx, charge(int64(cap(b.buf))))
}

// charge is what a whole body of n bytes is charged.
func charge(n int64) int64 { return 2 << classOf(n) }

func classOf(n int64) int {
	if n <= 1<<minClass {
		return minClass
	}
	return bits.Len64(uint64(n - 1))
}

func recycle(buf []byte) {
	if cap(buf) == 0 {
		return
	}
	pools[classOf(int64(cap(buf)))].Put(&buf)
}

// Bytes returns the body. The caller may change it in place; it is valid
// until Release.
func (b *Body) Bytes() []byte { return b.buf }

// Release gives the buffer and its share of the budget back. It may be called
// again.
func (b *Body) Release() {
	recycle(b.buf)
	b.share.Release()
	b.buf = nil
}

// readError says what became of a body of want bytes (-1: not known) of which
// only got came.
func readError(err error, got, want int64) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %d bytes came in the time given", ErrSlow, got)
	case errors.As(err, &tooLarge):
		return fmt.Errorf("%w: at most %d bytes", ErrTooLarge, tooLarge.Limit)
	case (err == io.EOF || err == io.ErrUnexpectedEOF) && want >= 0:
		return fmt.Errorf("%w: it ended after %d of the %d bytes that Content-Length names", ErrTruncated, got, want)
	}
	return fmt.Errorf("%w: after %d bytes: %w", ErrTruncated, got, err)
}

// Reader returns a reader of the body. It is valid until Release.
func (b *Body) Reader() io.Reader { return bytes.NewReader(b.buf) }
