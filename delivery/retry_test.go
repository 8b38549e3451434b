package delivery

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/destinations"
)

func TestPauseDoublesUpToAMinute(t *testing.T) {
	for failed, longest := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 4: 4 * time.Second, 8: time.Minute, 1000: time.Minute,
	} {
		for range 100 {
			if got := pause(failed, errors.New("x")); got > longest || got < longest/2 {
				t.Fatalf("pause after %d failures = %v, want between %v and %v", failed, got, longest/2, longest)
			}
		}
	}
}

func TestPauseObeysTheDestination(t *testing.T) {
	err := &destinations.RetryAfterError{Wait: 7 * time.Second, Err: errors.New("slow down")}
	if got := pause(1, err); got != 7*time.Second {
		t.Errorf("pause = %v, want the 7s that the destination asked for", got)
	}
}

func TestForeverRepeatsUntilItWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s state
		calls := 0
		tries, err := s.forever(t.Context(), func() error {
			if calls++; calls < 50 {
				return errors.New("down")
			}
			return nil
		})
		if err != nil || tries != 50 {
			t.Errorf("forever = %d tries, %v; want 50 tries, nil", tries, err)
		}
		if attempts, last, _ := s.snapshot(); attempts != 0 || last != "down" {
			t.Errorf("state = %d, %q; want 0 failures and the last error", attempts, last)
		}
		failed := time.Now()
		s.failed(errors.New("down again"), time.Time{})
		s.worked()
		time.Sleep(3 * time.Minute)
		got := merged("s3", time.Now(), new(state), &s)
		if got.State != "ok" || got.LastError != "down again" || !got.LastErrorAt.Equal(failed) {
			t.Errorf("status 3 minutes after an error: %+v, want ok and the error of %v", got, failed)
		}
	})
}

func TestForeverEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var s state
		if _, err := s.forever(ctx, func() error { return errors.New("down") }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("forever = %v, want the context's error", err)
		}
	})
}

func TestForeverDoesNotRepeatWhatIsRefusedForGood(t *testing.T) {
	var s state
	tries, err := s.forever(t.Context(), func() error { return destinations.Permanent(errors.New("no")) })
	if tries != 1 || !destinations.IsPermanent(err) {
		t.Errorf("forever = %d tries, %v; want 1 try and the permanent error", tries, err)
	}
}
