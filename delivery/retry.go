package delivery

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"hydrant/destinations"
)

// Pauses between tries: they double from the first to the longest, and each is
// shortened by up to a half at random, so that streams that failed together do
// not come back together.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = time.Minute
)

// pause returns how long to wait after the given number of failed tries.
func pause(failed int, err error) time.Duration {
	var after *destinations.RetryAfterError
	if errors.As(err, &after) && after.Wait > 0 {
		return min(after.Wait, 10*longestPause)
	}
	d := longestPause
	if failed < 8 {
		d = min(firstPause<<(failed-1), longestPause)
	}
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand; a test can make it repeat
	return d - time.Duration(binary.LittleEndian.Uint64(b[:])%uint64(d/2+1))
}

// sleep waits; it returns early with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A state is how one step of a stream's delivery fares, for those who ask.
type state struct {
	mu       sync.Mutex
	attempts int // failed in a row
	err      string
	at       time.Time     // of err
	next     time.Time     // of the next try; zero: not waiting
	again    chan struct{} // closed when a try works; nil: nobody waits for it
}

func (s *state) failed(err error, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts++
	s.err, s.at, s.next = err.Error(), time.Now(), next
}

// worked clears the count; the last error stays visible.
func (s *state) worked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts, s.next = 0, time.Time{}
	if s.again != nil {
		close(s.again)
		s.again = nil
	}
}

func (s *state) snapshot() (attempts int, err string, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts, s.err, s.next
}

// lastError returns the last error and when it happened.
func (s *state) lastError() (err string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err, s.at
}

// forever repeats try until it works, is refused for good, or ctx ends. It
// returns the number of tries made, and nil, the permanent error or ctx's.
func (s *state) forever(ctx context.Context, try func() error) (tries int, err error) {
	for {
		err = try()
		tries++
		switch {
		case err == nil:
			s.worked()
			return tries, nil
		case ctx.Err() != nil:
			return tries, ctx.Err()
		case destinations.IsPermanent(err):
			s.failed(err, time.Time{})
			return tries, err
		}
		wait := pause(tries, err)
		s.failed(err, time.Now().Add(wait))
		if err := sleep(ctx, wait); err != nil {
			return tries, err
		}
	}
}
