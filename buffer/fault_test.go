package buffer_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"testing"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

// A witness is what a producer and a consumer were told while a disk failed.
type witness struct {
	tried []string // records in the order of their appends
	acked []string // those of them that were acknowledged
	done  []string // those that a Done that returned nil accounts for
	maybe []string // those of a Done that returned an error
}

// story appends and delivers, and goes on after errors as a daemon would. It
// ends early only if the log does not open.
func story(t *testing.T, fs buffer.FS, async bool) (w witness) {
	t.Helper()
	o := options()
	o.Size = 30
	o.Async = async
	for life := range 2 { // the second recovers what the first left
		l, err := buffer.Open(fs, dir, o)
		if err != nil {
			continue
		}
		for i := range 8 {
			r := fmt.Sprintf("life-%d-%02d", life, i)
			w.tried = append(w.tried, r)
			if _, err := l.Append(t.Context(), frame(r)); err == nil {
				w.acked = append(w.acked, r)
			}
			if i%3 == 2 {
				w.deliver(t, l)
			}
			checkBalance(t, l.Consumer(name))
		}
		if life == 0 {
			l.Close() // an error leaves what is told here untouched
		}
	}
	return w
}

// deliver tries to do one sealed segment.
func (w *witness) deliver(t *testing.T, l *buffer.Log) {
	if n, _ := l.Consumer(name).Backlog(); n == 0 {
		return
	}
	s := next(t, l)
	c, err := readAll(s)
	if err != nil {
		l.Consumer(name).Return(s)
		return
	}
	if len(c.damage) > 0 {
		t.Errorf("a running log read damage %v", c.damage[0])
	}
	if got, want := c.counts(), counts(s); got != want {
		t.Errorf("read %+v, the segment says %+v", got, want)
	}
	if err := l.Consumer(name).Done(s, delivered(s)); err != nil {
		w.maybe = append(w.maybe, c.records...)
		l.Consumer(name).Return(s)
		return
	}
	w.done = append(w.done, c.records...)
}

// check compares a disk after a crash with what was told before it. exact says
// that the power cut lost nothing but what was not synced, so that there is no
// reason to read any damage.
func (w witness) check(t *testing.T, when string, fs *buffertest.FS, exact bool) {
	t.Helper()
	l, err := buffer.Open(fs, dir, options())
	if err != nil {
		t.Errorf("%s: Open: %v", when, err)
		return
	}
	before := checkBalance(t, l.Consumer(name))
	all := drain(t, l)
	got := records(all)
	var lost int64
	for _, c := range all {
		for _, d := range c.damage {
			lost += d.Records
		}
	}
	if exact && lost > 0 {
		t.Errorf("%s: %d records are reported as damaged", when, lost)
	}
	if !slices.IsSorted(got) {
		t.Errorf("%s: records come as %q", when, got)
	}
	for _, r := range got {
		if slices.Contains(w.done, r) {
			t.Errorf("%s: %s is delivered again", when, r)
		}
		if !slices.Contains(w.tried, r) {
			t.Errorf("%s: read %q, which nobody appended", when, r)
		}
	}
	for _, r := range w.acked {
		if !slices.Contains(got, r) && !slices.Contains(w.done, r) && !slices.Contains(w.maybe, r) {
			t.Errorf("%s: %s was acknowledged and is gone; recovered %q, done %q", when, r, got, w.done)
		}
	}
	most := int64(len(w.done) + len(w.maybe))
	if n := before.Delivered.Records; n < int64(len(w.done)) || n > most {
		t.Errorf("%s: the ledger has %d delivered, want %d to %d", when, n, len(w.done), most)
	}
	if before.In.Records < int64(len(w.acked)) || before.In.Records > int64(len(w.tried))+lost {
		t.Errorf("%s: the ledger has %d in, %d were acknowledged of %d", when, before.In.Records, len(w.acked), len(w.tried))
	}
	if after := checkBalance(t, l.Consumer(name)); after.In != before.In || after.Pending.Records != 0 {
		t.Errorf("%s: ledger %+v before and %+v after all is delivered", when, before, after)
	}
}

// checkFixed says whether what a started log hands out is the same after the
// power went: an object may have been written from it.
func checkFixed(t *testing.T, when string, fs *buffertest.FS) {
	t.Helper()
	before := handedOut(t, fs)
	after := handedOut(t, fs.Crash())
	if !maps.EqualFunc(before, after, slices.Equal) {
		t.Errorf("%s: handed out %q, and after a power cut %q", when, before, after)
	}
}

func handedOut(t *testing.T, fs *buffertest.FS) map[buffer.SegmentID][]string {
	t.Helper()
	l := open(t, fs, options())
	all := make(map[buffer.SegmentID][]string)
	n, _ := l.Consumer(name).Backlog()
	for range n {
		s := next(t, l)
		all[s.Info().ID] = read(t, s).records
	}
	return all
}

var faults = map[string]buffertest.Fault{
	"one operation fails":             {},
	"one fails but has its effect":    {Took: true},
	"from one on all fail":            {Stays: true},
	"the disk is full from one on":    {Stays: true, Err: syscall.ENOSPC, Only: needsSpace},
	"the disk is full for a moment":   {Err: syscall.ENOSPC, Only: needsSpace},
	"from one on all fail silently":   {Stays: true, Took: true},
	"from one on no sync works":       {Stays: true, Only: isSync},
	"syncs fail but have taken place": {Stays: true, Took: true, Only: isSync},
}

func needsSpace(op buffertest.Op) bool { return op.Kind == "write" || op.Kind == "create" }
func isSync(op buffertest.Op) bool     { return op.Kind == "sync" || op.Kind == "syncdir" }

// The first operation on the disk fails, then the second, until none is left
// to fail; each time the power is cut in several ways at the end.
func TestNoFaultLosesWhatWasAcknowledged(t *testing.T) {
	for what, fault := range faults {
		t.Run(what, func(t *testing.T) {
			for n := 0; ; n++ {
				fs := newFS()
				f := fault
				f.After = n
				fs.Fail(&f)
				w := story(t, fs, false)
				met := fs.Met()
				fs.Fail(nil)
				w.check(t, fmt.Sprintf("fault %d, power cut", n), fs.Crash(), true)
				w.check(t, fmt.Sprintf("fault %d, killed", n), fs.Kill(), true)
				checkFixed(t, fmt.Sprintf("fault %d", n), fs.Kill())
				for seed := range uint64(4) {
					w.check(t, fmt.Sprintf("fault %d, torn %d", n, seed), fs.CrashTorn(seed), false)
				}
				if t.Failed() {
					return
				}
				if !met {
					if len(w.acked) != len(w.tried) || len(w.done) == 0 {
						t.Errorf("without a fault %d of %d were acknowledged, %d delivered", len(w.acked), len(w.tried), len(w.done))
					}
					return // no operation left to fail
				}
			}
		})
	}
}

// An asynchronous log may lose to a power cut what was not synced, and nothing
// if only the process ends.
func TestNoFaultMakesAnAsynchronousLogForget(t *testing.T) {
	for n := 0; ; n++ {
		fs := newFS()
		fs.Fail(&buffertest.Fault{After: n})
		w := story(t, fs, true)
		met := fs.Met()
		fs.Fail(nil)
		w.check(t, fmt.Sprintf("fault %d, killed", n), fs.Kill(), true)
		if t.Failed() || !met {
			return
		}
	}
}

// Recovery is a sequence of steps too: it is cut short after each of them, and
// the next start has to find what this one would have found.
func TestRecoveryCanBeCutShortAnywhere(t *testing.T) {
	for _, tt := range damages {
		if tt.err != nil {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			for n := 0; ; n++ {
				fs, b := image(t, tt.sealed)
				fs.WriteFile(firstName, tt.damage(b))
				fs.Fail(&buffertest.Fault{After: n, Stays: true})
				_, err := buffer.Open(fs, dir, options())
				met := fs.Met()
				fs.Fail(nil)
				for _, crashed := range []*buffertest.FS{fs.Crash(), fs.Kill(), fs.CrashTorn(uint64(n))} {
					checkDamaged(t, open(t, crashed, options()), tt.read, tt.lost)
				}
				if t.Failed() {
					t.Fatalf("after fault %d (Open: %v)", n, err)
				}
				if !met {
					return
				}
			}
		})
	}
}

// A disk that fails while damage is put into quarantine keeps the damage from
// being told, since the bytes would be deleted with the segment.
func TestDamageIsToldOnlyOnceItIsInQuarantine(t *testing.T) {
	fs, b := image(t, true)
	fs.WriteFile(firstName, flip(frameAt(1)+50)(b))
	l := open(t, fs, options())
	s := next(t, l)
	fs.Fail(&buffertest.Fault{Stays: true, Only: needsSpace})
	if c, err := readAll(s); err == nil || errors.Is(err, buffer.ErrCorrupt) {
		t.Errorf("read with a failing quarantine: %+v, %v; want the disk's error", c, err)
	}
	fs.Fail(nil)
	if c := read(t, s); len(c.damage) != 1 || len(c.records) != 6 {
		t.Errorf("read %d records and %d damages, want 6 and 1", len(c.records), len(c.damage))
	}
}
