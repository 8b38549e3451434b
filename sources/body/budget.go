// Package body takes request bodies into bounded memory. A body holds a share
// of a [Budget] that grows as its bytes come, lies in a pooled buffer, and
// tells the ways apart in which a body goes wrong: too long, cut off, too
// slow, not what its Content-Encoding says.
package body

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ErrBusy means that the memory for bodies stayed used up for as long as a
// request may wait, or that a slow request had to make room for others. The
// client should try again later.
var ErrBusy = errors.New("body: memory for requests in flight is used up")

// A Budget bounds the bytes that all requests in flight hold together. A nil
// Budget has no bound. It is safe for concurrent use.
//
// Shares grow while others do, so that each could hold a part and wait for
// the rest for ever. Therefore a share grows only if there is an order left in
// which all can reach the most that they may need, one after the other (the
// banker's algorithm). Who needs little overtakes who has to wait.
type Budget struct {
	size int64
	wait time.Duration

	mu      sync.Mutex
	used    int64
	shares  map[*Share]struct{} // that hold something
	waiters []*waiter           // in order of arrival
}

type waiter struct {
	share   *Share
	to      int64
	granted chan struct{}
}

// MinBudget is what the largest single request needs, in bytes: a body and
// what it unpacks to, both of [MaxSize], and what is decoded from them. With
// less, large requests are always refused.
const MinBudget = 4 * MaxSize

// While a request waits for memory, bodies that are behind MinRate (bytes a
// second) by more than lateness are given up, at every look.
const (
	// MinRate is what a client has to send, in bytes a second, to keep its
	// memory while others wait for some.
	MinRate  = 64 << 10
	lateness = time.Second
	look     = 250 * time.Millisecond
)

// NewBudget returns a budget of size bytes. A request waits for its share as
// long as wait.
func NewBudget(size int64, wait time.Duration) *Budget {
	return &Budget{size: size, wait: wait, shares: make(map[*Share]struct{})}
}

// Share returns a share for r, which may need up to most bytes and holds none
// yet. The caller releases it. r may be nil.
func (b *Budget) Share(r *http.Request, most int64) *Share {
	if b == nil {
		return nil
	}
	s := &Share{budget: b, most: min(most, b.size)}
	if r != nil {
		s.client, _ = r.Body.(interruptible)
	}
	return s
}

// InUse returns the bytes taken out at the moment.
func (b *Budget) InUse() int64 {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// promise lowers the most that s may need, which may let others go on.
func (b *Budget) promise(s *Share, most int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if most < s.most {
		s.most = max(most, s.held)
		b.serveLocked()
	}
}

// grow makes s hold to bytes, or waits until it can.
func (b *Budget) grow(ctx context.Context, s *Share, to int64) error {
	if to > b.size {
		return fmt.Errorf("%w: the request needs %d bytes of %d", ErrBusy, to, b.size)
	}
	b.mu.Lock()
	s.most = max(s.most, to)
	if b.grantLocked(s, to) {
		b.mu.Unlock()
		return nil
	}
	w := &waiter{share: s, to: to, granted: make(chan struct{})}
	b.waiters = append(b.waiters, w)
	b.mu.Unlock()
	return b.queue(ctx, w)
}

// queue waits for w to be granted, and after a while makes room for it.
func (b *Budget) queue(ctx context.Context, w *waiter) error {
	ctx, cancel := context.WithTimeoutCause(ctx, b.wait, ErrBusy)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-w.granted:
			return nil
		case <-tick.C:
			b.makeRoom(w)
		case <-ctx.Done():
			if b.leave(w) {
				return nil
			}
			if cause := context.Cause(ctx); cause != ErrBusy {
				return fmt.Errorf("body: wait for memory: %w", cause)
			}
			return fmt.Errorf("%w: %d of %d bytes", ErrBusy, b.InUse(), b.size)
		}
	}
}

// leave takes w out of the queue; true says that it was granted meanwhile.
func (b *Budget) leave(w *waiter) (granted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.waiters, w)
	if at < 0 {
		return true
	}
	b.waiters = slices.Delete(b.waiters, at, at+1)
	return false
}

// makeRoom gives up the bodies that are furthest behind until what they hold
// is what w lacks.
func (b *Budget) makeRoom(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	type late struct {
		*Share
		by time.Duration
	}
	var all []late
	now := time.Now()
	for s := range b.shares {
		if by := s.behind(now); by >= lateness {
			all = append(all, late{s, by})
		}
	}
	slices.SortFunc(all, func(x, y late) int { return int(y.by - x.by) })
	lack := w.to - w.share.held
	for _, s := range all {
		if lack <= 0 {
			return
		}
		s.evict()
		lack -= s.held
	}
}

// grantLocked makes s hold to bytes if that leaves a way for all to finish.
func (b *Budget) grantLocked(s *Share, to int64) bool {
	more := to - s.held
	if b.used+more > b.size || to < s.most && !b.safeLocked(s, to) {
		return false
	}
	b.used += more
	s.held = to
	b.shares[s] = struct{}{}
	return true
}

// safeLocked says whether all shares can reach their most, one after the
// other, once s holds to bytes. Whoever has reached it ends without help.
func (b *Budget) safeLocked(s *Share, to int64) bool {
	type part struct{ held, lacks int64 }
	parts := []part{{to, s.most - to}}
	free := b.size - to
	for other := range b.shares {
		if other != s && other.held < other.most {
			parts = append(parts, part{other.held, other.most - other.held})
			free -= other.held
		}
	}
	slices.SortFunc(parts, func(x, y part) int { return int(x.lacks - y.lacks) })
	for _, p := range parts {
		if p.lacks > free {
			return false
		}
		free += p.held
	}
	return true
}

// shrink makes s hold no more than to bytes and lets waiters go on.
func (b *Budget) shrink(s *Share, to int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if to >= s.held {
		return
	}
	b.used -= s.held - to
	if s.held = to; to == 0 {
		delete(b.shares, s)
	}
	b.serveLocked()
}

// serveLocked grants what can be granted by now.
func (b *Budget) serveLocked() {
	b.waiters = slices.DeleteFunc(b.waiters, func(w *waiter) bool {
		granted := b.grantLocked(w.share, w.to)
		if granted {
			close(w.granted)
		}
		return granted
	})
}
