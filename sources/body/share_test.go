package body

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// An upload is a body that comes in pieces: piece bytes after each pause, at
// most upto of them; then nothing more.
type upload struct {
	piece, upto, total int
	pause              time.Duration
	sent               int
	interrupted        chan struct{}
}

func (u *upload) request() *http.Request {
	u.interrupted = make(chan struct{})
	r := request(nil, int64(u.total))
	r.Body = u
	return r
}

func (u *upload) Read(p []byte) (int, error) {
	if u.sent == u.total {
		return 0, io.EOF
	}
	var next <-chan time.Time
	if u.sent < u.upto {
		next = time.After(u.pause)
	}
	select {
	case <-u.interrupted:
		return 0, os.ErrDeadlineExceeded
	case <-next:
	}
	n := min(u.piece, u.upto-u.sent, len(p))
	u.sent += n
	return n, nil
}

func (u *upload) Interrupt()   { close(u.interrupted) }
func (u *upload) Close() error { return nil }

func TestAStalledBodyHoldsWhatItSent(t *testing.T) {
	for _, c := range []struct {
		name       string
		sent, most int
	}{
		{"a byte", 1, 64 << 10},
		{"half of it", 4<<20 - 1, 4 << 20},
		{"all but a byte", 8<<20 - 1, 8 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget := NewBudget(MinBudget, time.Second)
				u := &upload{piece: 1 << 20, upto: c.sent, total: MaxSize}
				r := u.request()
				got := make(chan error, 1)
				go func() {
					_, err := Read(r, MaxSize, budget)
					got <- err
				}()
				time.Sleep(time.Second)
				synctest.Wait()
				if held := budget.InUse(); held > int64(c.most) {
					t.Errorf("got %d bytes held, want at most %d", held, c.most)
				}
				u.Interrupt()
				if err := <-got; !errors.Is(err, ErrSlow) || budget.InUse() != 0 {
					t.Errorf("got %v, %d bytes held at the end", err, budget.InUse())
				}
			})
		})
	}
}

func TestBodiesThatGrowTogetherAllArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(20<<20, 10*time.Second) // room for one that is whole
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				u := &upload{piece: 64 << 10, upto: MaxSize, total: MaxSize, pause: time.Millisecond}
				b, err := Read(u.request(), MaxSize, budget)
				if err != nil {
					t.Error(err)
					return
				}
				b.Release()
			})
		}
		all.Wait()
		if held := budget.InUse(); held != 0 {
			t.Errorf("got %d bytes held at the end", held)
		}
	})
}

func TestStalledBodiesMakeRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(MinBudget, 5*time.Second)
		const stalled = 8
		failed := make(chan error, stalled)
		for range stalled {
			u := &upload{piece: 1 << 20, upto: MaxSize - 1, total: MaxSize}
			go func() {
				_, err := Read(u.request(), MaxSize, budget)
				failed <- err
			}()
		}
		time.Sleep(500 * time.Millisecond)
		slow := &upload{piece: MinRate / 4, upto: MaxSize, total: MaxSize, pause: 200 * time.Millisecond}
		type result struct {
			b   *Body
			err error
		}
		arrived := make(chan result, 1)
		go func() {
			b, err := Read(slow.request(), MaxSize, budget)
			arrived <- result{b, err}
		}()
		time.Sleep(500 * time.Millisecond)
		for range 100 {
			start := time.Now()
			u := &upload{piece: MaxSize, upto: MaxSize, total: MaxSize}
			b, err := Read(u.request(), MaxSize, budget)
			if took := time.Since(start); err != nil || took > 4*time.Second {
				t.Fatalf("got %v after %v, want a body within 4s", err, took)
			}
			b.Release()
			time.Sleep(10 * time.Millisecond)
		}
		if got := <-arrived; got.err != nil {
			t.Errorf("a body that keeps the least rate: %v", got.err)
		} else {
			got.b.Release()
		}
		if err := <-failed; !errors.Is(err, ErrBusy) {
			t.Errorf("a stalled body: got %v, want %v", err, ErrBusy)
		}
		// Nobody needs the room of those that are left until now.
		all := budget.Share(nil, MinBudget)
		if err := all.Grow(context.Background(), MinBudget); err != nil {
			t.Error(err)
		}
		all.Release()
		for range stalled - 1 {
			<-failed
		}
		if held := budget.InUse(); held != 0 {
			t.Errorf("got %d bytes held at the end", held)
		}
	})
}

func TestNobodyIsGivenUpWhileThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(4*MaxSize, 5*time.Second)
		u := &upload{piece: 1, upto: 100, total: 100, pause: 10 * time.Second}
		b, err := Read(u.request(), MaxSize, budget)
		if err != nil {
			t.Fatal(err)
		}
		b.Release()
	})
}
