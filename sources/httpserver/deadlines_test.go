package httpserver

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/sources/body"
)

// trickle is a client and its connection: n bytes arrive after each pause,
// until there are total.
type trickle struct {
	*httptest.ResponseRecorder
	pause    time.Duration
	n, total int
	deadline time.Time
	set      int
}

func (c *trickle) SetReadDeadline(at time.Time) error {
	c.deadline = at
	c.set++
	return nil
}

func (c *trickle) SetWriteDeadline(time.Time) error { return nil }

func (c *trickle) Read(p []byte) (int, error) {
	if c.total <= 0 {
		return 0, io.EOF
	}
	wait := c.pause
	if !c.deadline.IsZero() {
		wait = min(wait, time.Until(c.deadline))
	}
	time.Sleep(wait)
	if wait < c.pause {
		return 0, os.ErrDeadlineExceeded
	}
	n := min(c.n, c.total, len(p))
	c.total -= n
	return n, nil
}

func (c *trickle) Close() error { return nil }

func TestPatienceWithAClientEnds(t *testing.T) {
	tests := []struct {
		name  string
		pause time.Duration
		n     int
		total int
		want  error
		after time.Duration
	}{
		{"nothing for a minute", time.Hour, 1, 1, os.ErrDeadlineExceeded, time.Minute},
		{"a byte a second", time.Second, 1, 1 << 20, os.ErrDeadlineExceeded, time.Minute},
		{"the least rate for an hour", time.Second, MinBodyRate, 3600 * MinBodyRate, nil, time.Hour},
		{"half of it", time.Second, MinBodyRate / 2, 3600 * MinBodyRate, os.ErrDeadlineExceeded, 2 * time.Minute},
		{"a pause of 50 seconds between blocks", 50 * time.Second, 64 * MinBodyRate, 64 * 64 * MinBodyRate, nil, 3200 * time.Second},
		{"speed cannot be saved up", 61 * time.Second, 1000 * MinBodyRate, 5000 * MinBodyRate, os.ErrDeadlineExceeded, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := &trickle{ResponseRecorder: httptest.NewRecorder(), pause: tt.pause, n: tt.n, total: tt.total}
				r := httptest.NewRequest(http.MethodPost, "/", nil)
				r.Body = client
				start := time.Now()
				_, _ = Options{}.withDefaults().withDeadlines(client, r)
				err := readAll(r.Body)
				took := time.Since(start)
				if !errors.Is(err, tt.want) || took < tt.after-4*time.Second || took > tt.after+4*time.Second {
					t.Errorf("got %v after %v, want %v after about %v", err, took, tt.want, tt.after)
				}
			})
		})
	}
}

// readAll reads as much at a time as there is.
func readAll(r io.Reader) error {
	for p := make([]byte, 1<<27); ; {
		if _, err := r.Read(p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestTheServersOwnTimeIsNotTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &trickle{ResponseRecorder: httptest.NewRecorder(), pause: time.Second, n: 10, total: 100}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Body = client
		_, _ = Options{}.withDefaults().withDeadlines(client, r)
		for {
			_, err := r.Body.Read(make([]byte, 10))
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour) // the disk
		}
		if !client.deadline.IsZero() {
			t.Error("after the body's end a deadline is left; it would cancel a request that waits for the disk")
		}
	})
}

func TestABodyCanBeInterruptedUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &trickle{ResponseRecorder: httptest.NewRecorder(), pause: time.Second, n: 10, total: 100}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Body = client
		_, done := Options{}.withDefaults().withDeadlines(client, r)
		body := r.Body.(interface{ Interrupt() })
		if _, err := r.Body.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		body.Interrupt()
		if !client.deadline.Before(time.Now()) {
			t.Errorf("the read under way goes on until %v", client.deadline)
		}
		if _, err := r.Body.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a later read: got %v", err)
		}
		done()
		if client.deadline.After(time.Now()) {
			t.Errorf("what is left of the body is waited for until %v", client.deadline)
		}

		r.Body = &trickle{total: 0}
		_, _ = Options{}.withDefaults().withDeadlines(client, r)
		if err := readAll(r.Body); err != nil {
			t.Fatal(err)
		}
		r.Body.(interface{ Interrupt() }).Interrupt()
		if !client.deadline.IsZero() {
			t.Error("a body that had ended was interrupted: the request would be cancelled")
		}
	})
}

func TestARefusedBodyIsReadPastInHaste(t *testing.T) {
	for _, c := range []struct {
		name  string
		pause time.Duration
		want  time.Duration
	}{{"stalled", time.Hour, 5 * time.Second}, {"without an end", time.Millisecond, 5 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := &trickle{ResponseRecorder: httptest.NewRecorder(), pause: c.pause, n: 1 << 10, total: 1 << 40}
				r := httptest.NewRequest(http.MethodPost, "/", nil)
				r.Body, r.ContentLength = client, -1
				_, _ = Options{}.withDefaults().withDeadlines(client, r)
				start := time.Now()
				body.Discard(r)
				if took := time.Since(start); took > c.want+time.Second || took < c.want-time.Second {
					t.Errorf("got %v, want about %v", took, c.want)
				}
			})
		})
	}
}

func TestDeadlinesAreSetSparingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &trickle{ResponseRecorder: httptest.NewRecorder(), pause: time.Microsecond, n: 4096, total: 8 << 20}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Body = client
		_, _ = Options{}.withDefaults().withDeadlines(client, r)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Fatal(err)
		}
		if client.set > 2 {
			t.Errorf("%d deadlines for one fast body, want one and its end", client.set)
		}
	})
}
