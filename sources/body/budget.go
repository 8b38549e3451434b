// Package body takes request bodies into bounded memory. A body reserves what
// it needs from a [Budget] before its first byte is read, lies in a pooled
// buffer of its length, and tells the ways apart in which a body goes wrong:
// too long, cut off, too slow, not what its Content-Encoding says.
package body

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrBusy means that the memory for bodies stayed used up for as long as a
// request may wait: nothing was read, and the client should try again later.
var ErrBusy = errors.New("body: memory for requests in flight is used up")

// A Budget bounds the bytes that all requests in flight hold together. A nil
// Budget has no bound. It is safe for concurrent use.
type Budget struct {
	free  *semaphore.Weighted
	size  int64
	wait  time.Duration
	inUse atomic.Int64
}

// MinBudget is what the largest single request needs, in bytes: a body and
// what it unpacks to, both of [MaxSize], and what is decoded from them. With
// less, large requests are always refused.
const MinBudget = 4 * MaxSize

// NewBudget returns a budget of size bytes. A request waits for its share as
// long as wait, in order of arrival.
func NewBudget(size int64, wait time.Duration) *Budget {
	return &Budget{free: semaphore.NewWeighted(size), size: size, wait: wait}
}

// Acquire takes n bytes out of the budget, or returns an error that is
// [ErrBusy], or ctx's when that ended first.
func (b *Budget) Acquire(ctx context.Context, n int64) error {
	if b == nil {
		return nil
	}
	if n > b.size {
		return fmt.Errorf("%w: the request needs %d bytes of %d", ErrBusy, n, b.size)
	}
	if !b.free.TryAcquire(n) {
		if err := b.queue(ctx, n); err != nil {
			return err
		}
	}
	b.inUse.Add(n)
	return nil
}

func (b *Budget) queue(ctx context.Context, n int64) error {
	waiting, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	err := b.free.Acquire(waiting, n)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("body: wait for memory: %w", context.Cause(ctx))
	}
	return fmt.Errorf("%w: %d of %d bytes", ErrBusy, b.InUse(), b.size)
}

// Release puts n bytes back.
func (b *Budget) Release(n int64) {
	if b == nil || n == 0 {
		return
	}
	b.inUse.Add(-n)
	b.free.Release(n)
}

// InUse returns the bytes taken out at the moment.
func (b *Budget) InUse() int64 {
	if b == nil {
		return 0
	}
	return b.inUse.Load()
}
