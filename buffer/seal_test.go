package buffer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
)

func sealed(l *buffer.Log) int {
	n, _ := l.Consumer(name).Backlog()
	return n
}

func TestASegmentIsSealedWhenItReachesItsSize(t *testing.T) {
	o := options()
	o.Size = 30
	l := open(t, newFS(), o)
	add(t, l, "0123456789", "0123456789")
	if got := sealed(l); got != 0 {
		t.Errorf("%d segments are sealed after 20 bytes, want 0", got)
	}
	add(t, l, "0123456789")
	if got := sealed(l); got != 1 {
		t.Errorf("%d segments are sealed after 30 bytes, want 1", got)
	}
	add(t, l, "0123456789")
	l.SetLimits(10, time.Hour, false)
	seal(t, l)
	if got := sealed(l); got != 2 {
		t.Errorf("%d segments are sealed, want 2", got)
	}
}

func TestASegmentIsSealedWhenItsFirstRecordIsOldEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Interval = time.Minute
		l := open(t, newFS(), o)
		time.Sleep(time.Hour) // the age is that of the first record, not of the log
		began := time.Now().UTC()
		add(t, l, "a")
		time.Sleep(40 * time.Second)
		add(t, l, "b")
		time.Sleep(20*time.Second - 1)
		synctest.Wait()
		if got := sealed(l); got != 0 {
			t.Fatalf("%d segments are sealed before the interval, want 0", got)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := sealed(l); got != 1 {
			t.Fatalf("%d segments are sealed after the interval, want 1", got)
		}
		s := next(t, l)
		if got := s.Info().First; !got.Equal(began) {
			t.Errorf("first record arrived at %v, want %v", got, began)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := sealed(l); got != 1 {
			t.Errorf("%d segments after an idle hour, want 1: empty ones are not made", got)
		}
		closeLog(t, l)
	})
}

func TestNoIntervalSealsEachCommit(t *testing.T) {
	o := options()
	o.Interval = 0
	l := open(t, newFS(), o)
	add(t, l, "a")
	add(t, l, "b")
	if got := sealed(l); got != 2 {
		t.Errorf("%d segments, want 2", got)
	}
}

func TestSetLimitsHoldsForTheOpenSegment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, newFS(), options())
		add(t, l, "a")
		time.Sleep(30 * time.Second)
		l.SetLimits(1<<20, 40*time.Second, false)
		time.Sleep(10*time.Second - 1)
		synctest.Wait()
		if got := sealed(l); got != 0 {
			t.Errorf("%d segments are sealed before the new interval, want 0", got)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := sealed(l); got != 1 {
			t.Errorf("%d segments are sealed after the new interval, want 1", got)
		}
		add(t, l, "0123456789")
		l.SetLimits(10, time.Hour, false)
		synctest.Wait()
		if got := sealed(l); got != 2 {
			t.Errorf("%d segments are sealed after the new size, want 2", got)
		}
		closeLog(t, l)
	})
}

// A clock that was set back must neither hold a segment nor bring its names
// into disorder. (In a bubble the clock starts in the year 2000.)
func TestAClockThatWasSetBackKeepsOrder(t *testing.T) {
	fs := newFS()
	l := open(t, fs, options())
	before := add(t, l, "now")
	closeLog(t, l)
	synctest.Test(t, func(t *testing.T) {
		l := open(t, fs.Kill(), options())
		first := next(t, l)
		after := add(t, l, "then")
		seal(t, l)
		second := next(t, l)
		if second.Info().First.Before(first.Info().First) {
			t.Errorf("first arrivals %v, then %v", first.Info().First, second.Info().First)
		}
		if after.Segment.String() <= before.Segment.String() {
			t.Errorf("segment ids %s, then %s", before.Segment, after.Segment)
		}
		closeLog(t, l)
	})
}

func TestNextHandsOutEachSegmentOnceOldestFirst(t *testing.T) {
	o := options()
	o.Interval = 0
	l := open(t, newFS(), o)
	for _, r := range []string{"a", "b", "c"} {
		add(t, l, r)
	}
	c := l.Consumer(name)
	first, second := next(t, l), next(t, l)
	c.Return(second)
	c.Return(first)
	c.Return(first) // twice is once
	var got []string
	for range 3 {
		got = append(got, read(t, next(t, l)).records...)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("Next handed out %q, want %q", got, want)
	}
}

func TestNextWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Interval = 0
		l := open(t, newFS(), o)
		got := make(chan any, 1)
		wait := func(ctx context.Context) {
			go func() {
				s, err := l.Consumer(name).Next(ctx)
				if err != nil {
					got <- err
					return
				}
				got <- s
			}()
			synctest.Wait()
			if len(got) != 0 {
				t.Fatalf("Next returned %v from an empty log", <-got)
			}
		}
		wait(t.Context())
		add(t, l, "a")
		s, ok := (<-got).(*buffer.Segment)
		if !ok {
			t.Fatalf("Next after an append: %v", s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		wait(ctx)
		cancel()
		if err, _ := (<-got).(error); !errors.Is(err, context.Canceled) {
			t.Errorf("Next after cancel: %v", err)
		}
		wait(t.Context())
		l.Consumer(name).Return(s)
		if again := <-got; again != s {
			t.Errorf("Next after Return: %v, want the same segment", again)
		}
		wait(t.Context())
		closeLog(t, l)
		if err, _ := (<-got).(error); !errors.Is(err, buffer.ErrClosed) {
			t.Errorf("Next after Close: %v, want ErrClosed", err)
		}
	})
}

func TestAClosedLogLetsConsumersFinish(t *testing.T) {
	o := options()
	o.Disk = buffer.NewDisk(0)
	fs := newFS()
	l := open(t, fs, o)
	add(t, l, "a")
	seal(t, l)
	add(t, l, "still open")
	closeLog(t, l)
	closeLog(t, l) // twice is once
	if err := l.Seal(); !errors.Is(err, buffer.ErrClosed) {
		t.Errorf("Seal after Close: %v, want ErrClosed", err)
	}
	done(t, l, next(t, l))
	if _, err := l.Consumer(name).Next(t.Context()); !errors.Is(err, buffer.ErrClosed) {
		t.Errorf("Next: %v, want ErrClosed", err)
	}
	if got := o.Disk.Used(); got != 0 {
		t.Errorf("a closed log holds %d bytes of the budget", got)
	}
	l = open(t, fs, o)
	if got, want := checkBalance(t, l.Consumer(name)), int64(1); got.Pending.Records != want || got.Delivered.Records != want {
		t.Errorf("after another Open: %+v", got)
	}
	if got, want := records(drain(t, l)), []string{"still open"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestBacklogTellsTheOldestPendingRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, newFS(), options())
		c := l.Consumer(name)
		if n, oldest := c.Backlog(); n != 0 || !oldest.IsZero() {
			t.Errorf("backlog of an empty log: %d, %v", n, oldest)
		}
		first := time.Now()
		add(t, l, "a")
		if n, oldest := c.Backlog(); n != 0 || !oldest.Equal(first) {
			t.Errorf("backlog with an open segment: %d, %v; want 0, %v", n, oldest, first)
		}
		seal(t, l)
		time.Sleep(time.Minute)
		add(t, l, "b")
		s := next(t, l)
		if n, oldest := c.Backlog(); n != 1 || !oldest.Equal(first) {
			t.Errorf("backlog with a segment handed out: %d, %v; want 1, %v", n, oldest, first)
		}
		done(t, l, s)
		if n, oldest := c.Backlog(); n != 0 || !oldest.Equal(first.Add(time.Minute)) {
			t.Errorf("backlog after Done: %d, %v; want 0, %v", n, oldest, first.Add(time.Minute))
		}
		closeLog(t, l)
	})
}
