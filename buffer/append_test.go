package buffer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

// gate is a disk whose syncs of segment files wait until they are let through.
type gate struct {
	*buffertest.FS
	arrived chan struct{}
	pass    chan struct{}
}

func newGate() *gate {
	return &gate{newFS(), make(chan struct{}, 100), make(chan struct{})}
}

func (g *gate) Create(name string) (buffer.File, error) {
	f, err := g.FS.Create(name)
	if err != nil || len(name) != len(firstName) {
		return f, err
	}
	return gatedFile{f, g}, nil
}

type gatedFile struct {
	buffer.File
	g *gate
}

func (f gatedFile) Sync() error {
	f.g.arrived <- struct{}{}
	<-f.g.pass
	return f.File.Sync()
}

func TestAppendsThatWaitShareOneSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newGate()
		l := open(t, fs, options())
		var wg sync.WaitGroup
		positions := make([]buffer.Position, 10)
		for i := range positions {
			wg.Go(func() { positions[i] = add(t, l, fmt.Sprint(i)) })
			synctest.Wait() // the first is in its sync, the others queue in order
		}
		fs.pass <- struct{}{}
		fs.pass <- struct{}{}
		wg.Wait()
		if got := len(fs.arrived); got != 2 {
			t.Errorf("%d syncs for 1 + 9 appends, want 2", got)
		}
		for i, p := range positions[1:] {
			if p.Offset <= positions[i].Offset {
				t.Errorf("append %d lies at %d, the one before at %d", i+1, p.Offset, positions[i].Offset)
			}
		}
		if s := l.Stats(); s.Groups != 2 || s.Appends != 10 || s.Records != 10 || s.Bytes != 10 {
			t.Errorf("stats %+v, want 10 appends in 2 groups", s)
		}
		close(fs.pass)
		closeLog(t, l)
	})
}

func TestACancelledAppendThatWaitsIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newGate()
		o := options()
		o.Disk = buffer.NewDisk(0)
		l := open(t, fs, o)
		errs := make(chan error, 3)
		ctx, cancel := context.WithCancel(t.Context())
		for _, c := range []context.Context{t.Context(), ctx, t.Context()} {
			go func() {
				_, err := l.Append(c, frame("x"))
				errs <- err
			}()
			synctest.Wait()
		}
		cancel() // the second, which would lead next
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled append: %v, want context.Canceled", err)
		}
		close(fs.pass)
		for range 2 {
			if err := <-errs; err != nil {
				t.Errorf("other append: %v", err)
			}
		}
		seal(t, l)
		if got := read(t, next(t, l)).records; len(got) != 2 {
			t.Errorf("%d records were written, want 2", len(got))
		}
		if got, want := o.Disk.Used(), int64(len(mustRead(t, fs.FS, firstName))); got != want {
			t.Errorf("budget has %d bytes in use, the file %d", got, want)
		}
	})
}

func mustRead(t *testing.T, fs *buffertest.FS, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACancelledAppendThatIsBeingWrittenTellsItsOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newGate()
		l := open(t, fs, options())
		errs := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := l.Append(ctx, frame("x"))
			errs <- err
		}()
		synctest.Wait()
		cancel()
		close(fs.pass)
		if err := <-errs; err != nil {
			t.Errorf("append: %v, want nil: it was made durable", err)
		}
		if _, err := l.Append(ctx, frame("x")); !errors.Is(err, context.Canceled) {
			t.Errorf("append after the end of its context: %v", err)
		}
		closeLog(t, l)
	})
}

func TestCancelledAppendsLeaveNobodyWaiting(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) { // which panics when all wait for ever
			fs := newGate()
			l := open(t, fs, options())
			var wg sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			for i := range 4 {
				c := ctx
				if i%3 == 0 { // the first and the last stay
					c = t.Context()
				}
				wg.Go(func() {
					if _, err := l.Append(c, frame("x")); err != nil && c != ctx {
						t.Errorf("append: %v", err)
					}
				})
				synctest.Wait()
			}
			go cancel()
			close(fs.pass) // the lead goes to one that is being cancelled
			wg.Wait()
			closeLog(t, l)
		})
	}
}

func TestAppendsOfManyAreAllReadOnce(t *testing.T) {
	o := options()
	o.Size = 2000
	l := open(t, newFS(), o)
	var wg sync.WaitGroup
	var want []string
	for w := range 16 {
		for i := range 50 {
			want = append(want, fmt.Sprintf("%02d-%02d", w, i))
		}
		wg.Go(func() {
			for i := range 50 {
				add(t, l, fmt.Sprintf("%02d-%02d", w, i))
			}
		})
	}
	wg.Wait()
	seal(t, l)
	all := drain(t, l)
	got := records(all)
	for w := range 16 { // each writer's records keep their order
		own := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s[:2] != fmt.Sprintf("%02d", w) })
		if !slices.IsSorted(own) {
			t.Errorf("writer %d: records come as %q", w, own)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("read %d records, want %d", len(got), len(want))
	}
	if len(all) < 2 {
		t.Errorf("%d segments, want several", len(all))
	}
}

func TestWhatAppendRefuses(t *testing.T) {
	large := buffer.NewFrame(0)
	large.Add(make([]byte, buffer.MaxFrame/2))
	large.Add(make([]byte, buffer.MaxFrame/2-7))
	o := options()
	o.Disk = buffer.NewDisk(0)
	l := open(t, newFS(), o)
	for name, f := range map[string]*buffer.Frame{"no records": frame(), "more than MaxFrame": large} {
		if _, err := l.Append(t.Context(), f); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := o.Disk.Used(); got != 0 {
		t.Errorf("%d bytes of the budget are in use after refusals", got)
	}
	l.StopAppends()
	if _, err := l.Append(t.Context(), frame("x")); !errors.Is(err, buffer.ErrClosed) {
		t.Errorf("after StopAppends: %v, want ErrClosed", err)
	}
}

func TestTheLargestFrameIsRead(t *testing.T) {
	f := buffer.NewFrame(0)
	f.Add(make([]byte, buffer.MaxFrame-4))
	l := open(t, newFS(), options())
	add(t, l, "before")
	if _, err := l.Append(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	add(t, l, "", "after")
	seal(t, l)
	got := read(t, next(t, l)).records
	if len(got) != 4 || len(got[1]) != buffer.MaxFrame-4 || got[2] != "" || got[3] != "after" {
		t.Errorf("read %d records, want 4", len(got))
	}
}

func TestABudgetThatIsUsedUpRefusesBeforeAccepting(t *testing.T) {
	o := options()
	o.Disk = buffer.NewDisk(600)
	l := open(t, newFS(), o)
	n := 0
	var err error
	for ; err == nil; n++ {
		_, err = l.Append(t.Context(), frame("0123456789"))
	}
	if !errors.Is(err, buffer.ErrFull) {
		t.Fatalf("append beyond the budget: %v, want ErrFull", err)
	}
	if used := o.Disk.Used(); used > 600 {
		t.Errorf("%d bytes in use, budget is 600", used)
	}
	seal(t, l)
	s := next(t, l)
	if got := s.Info().Records; got != int64(n-1) {
		t.Errorf("%d records are kept, %d were accepted", got, n-1)
	}
	done(t, l, s)
	if got := o.Disk.Used(); got != 0 {
		t.Errorf("%d bytes in use after deletion, want 0", got)
	}
	add(t, l, "there is room again")
}

func TestAFullDiskIsErrFullAndKeepsWhatWasAccepted(t *testing.T) {
	fs := newFS()
	o := options()
	o.Disk = buffer.NewDisk(0)
	l := open(t, fs, o)
	add(t, l, "kept")
	fs.Fail(&buffertest.Fault{Err: syscall.ENOSPC, Stays: true, Only: func(op buffertest.Op) bool { return op.Kind == "write" || op.Kind == "create" }})
	for range 3 {
		if _, err := l.Append(t.Context(), frame("refused")); !errors.Is(err, buffer.ErrFull) {
			t.Errorf("append on a full disk: %v, want ErrFull", err)
		}
	}
	s := next(t, l) // given up, so that it can be delivered
	if got, want := read(t, s).records, []string{"kept"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if err := l.Consumer(name).Done(s, delivered(s)); !errors.Is(err, buffer.ErrFull) {
		t.Errorf("Done on a full disk: %v, want ErrFull", err)
	}
	fs.Fail(nil)
	done(t, l, s)
	if got := o.Disk.Used(); got != 0 {
		t.Errorf("%d bytes in use, want 0", got)
	}
	add(t, l, "again")
	if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != 1 || got.Pending.Records != 1 {
		t.Errorf("ledger: %+v", got)
	}
}

func TestAFullDiskAtTheStartDoesNotKeepRecordsFromBeingDelivered(t *testing.T) {
	fs, b := image(t, false)
	fs.WriteFile(firstName, cut(3)(b))
	fs.Fail(&buffertest.Fault{Err: syscall.ENOSPC, Stays: true, Only: func(op buffertest.Op) bool { return op.Kind == "write" || op.Kind == "create" }})
	l := open(t, fs, options())
	if got := read(t, next(t, l)); len(got.records) != 6 || len(got.damage) != 0 {
		t.Errorf("read %d records and %d damages, want 6 and none", len(got.records), len(got.damage))
	}
}

func TestAfterAFailedSyncNothingOfThatFileIsAcknowledged(t *testing.T) {
	fs := newFS()
	l := open(t, fs, options())
	first := add(t, l, "durable")
	fs.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return op.Kind == "sync" }})
	if _, err := l.Append(t.Context(), frame("unknown")); !errors.Is(err, syscall.EIO) {
		t.Fatalf("append: %v, want EIO", err)
	}
	after := add(t, l, "next")
	if after.Segment == first.Segment {
		t.Error("the log went on in a file whose sync failed")
	}
	l = open(t, fs.Crash(), options())
	if got, want := records(drain(t, l)), []string{"durable", "next"}; !slices.Equal(got, want) {
		t.Errorf("after a crash: read %q, want %q", got, want)
	}
	if got := l.Stats().Damaged; got != 0 {
		t.Errorf("%d damages, want none", got)
	}
}

func TestAsyncIsSyncedWithinASecondAndWhenSealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newFS()
		o := options()
		o.Async = true
		l := open(t, fs, o)
		add(t, l, "a")
		if got := records(drain(t, open(t, fs.Kill(), options()))); len(got) != 1 {
			t.Errorf("a killed process leaves %q, want the record", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		add(t, l, "b")
		if got, want := records(drain(t, open(t, fs.Crash(), options()))), []string{"a"}; !slices.Equal(got, want) {
			t.Errorf("a power cut after a second leaves %q, want %q", got, want)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		add(t, l, "c")
		seal(t, l)
		if got, want := records(drain(t, open(t, fs.Crash(), options()))), []string{"a", "b", "c"}; !slices.Equal(got, want) {
			t.Errorf("a power cut after sealing leaves %q, want %q", got, want)
		}
		add(t, l, "d")
		closeLog(t, l)
		if got := records(drain(t, open(t, fs.Crash(), options()))); len(got) != 4 {
			t.Errorf("a power cut after Close leaves %q, want all", got)
		}
	})
}

func TestSyncsAreObserved(t *testing.T) {
	o := options()
	n := 0
	o.Syncs = func(time.Duration) { n++ }
	l := open(t, newFS(), o)
	add(t, l, "a")
	add(t, l, "b")
	seal(t, l)
	if n != 3 {
		t.Errorf("%d syncs were observed, want 3", n)
	}
}
