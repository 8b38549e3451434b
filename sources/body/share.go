package body

import (
	"context"
	"sync/atomic"
	"time"
)

// A Share is what one request holds of a budget, and how fast its client is.
// One goroutine owns it. A nil Share holds nothing and has no bound.
type Share struct {
	budget *Budget
	client interruptible // nil: cannot be given up

	held, most int64 // guarded by budget.mu

	waitingSince atomic.Int64 // of a read, in Unix nanoseconds; 0: none under way
	late         atomic.Int64 // nanoseconds that the client was behind at its last byte
	evicted      atomic.Bool
}

// interruptible is a request body whose reads, the one under way and all
// later ones, can be made to fail from another goroutine.
type interruptible interface{ Interrupt() }

// Grow makes the share hold n bytes in all, waiting if need be. The error is
// [ErrBusy], or ctx's when that ended first; the share then holds what it held
// before.
func (s *Share) Grow(ctx context.Context, n int64) error {
	if s == nil {
		return nil
	}
	return s.budget.grow(ctx, s, n)
}

// Settle is Grow for the last time: the share will not need more than n bytes.
func (s *Share) Settle(ctx context.Context, n int64) error {
	if s == nil {
		return nil
	}
	s.budget.promise(s, n)
	return s.budget.grow(ctx, s, n)
}

// Shrink gives back all but n bytes.
func (s *Share) Shrink(n int64) {
	if s != nil {
		s.budget.shrink(s, n)
	}
}

// Release gives all back. It may be called again.
func (s *Share) Release() { s.Shrink(0) }

// begin notes that the client is being waited for.
func (s *Share) begin() {
	if s != nil {
		s.waitingSince.Store(time.Now().UnixNano())
	}
}

// end notes that n bytes came.
func (s *Share) end(n int) {
	if s == nil {
		return
	}
	took := time.Now().UnixNano() - s.waitingSince.Swap(0)
	s.late.Store(max(0, s.late.Load()+took-int64(n)*int64(time.Second)/MinRate))
}

// behind returns how far the client is behind MinRate; 0 where it is not it
// that is waited for.
func (s *Share) behind(now time.Time) time.Duration {
	since := s.waitingSince.Load()
	if since == 0 || s.client == nil || s.evicted.Load() {
		return 0
	}
	return time.Duration(s.late.Load() + now.UnixNano() - since)
}

func (s *Share) evict() {
	s.evicted.Store(true)
	s.client.Interrupt()
}

func (s *Share) wasEvicted() bool { return s != nil && s.evicted.Load() }
