package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer/buffertest"
	"hydrant/configs"
)

// While producers append, a stream is changed, removed and added again a
// hundred times: what was acknowledged is delivered once.
func TestReloadsLoseAndDoubleNothing(t *testing.T) {
	w := newWorld()
	s := testStream("s")
	s.Buffer.Interval = 2 * time.Millisecond
	w.mustOpen(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var acked []string
	var producers sync.WaitGroup
	for p := range 4 {
		producers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				record := fmt.Sprintf(`{"n":%d}`, p*1_000_000+i)
				if w.append("s", record) == nil {
					mu.Lock()
					acked = append(acked, record)
					mu.Unlock()
				}
			}
		})
	}
	for i := range 100 {
		next := s
		place := *s.Destination.S3
		place.Prefix = fmt.Sprintf("s/%d/", i)
		next.Destination.S3 = &place
		var err error
		if i%10 == 9 {
			if err = w.hub.Remove("s"); err == nil {
				err = w.hub.Start(t.Context(), next)
			}
		} else {
			err = w.hub.Change(t.Context(), next)
		}
		if err != nil {
			t.Fatalf("reload %d: %v", i, err)
		}
	}
	cancel()
	producers.Wait()
	if err := w.hub.Flush(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	got := w.lake.lines()
	slices.Sort(got)
	slices.Sort(acked)
	if !slices.Equal(got, acked) {
		t.Errorf("%d lines delivered (%d different), %d acknowledged", len(got), len(slices.Compact(got)), len(acked))
	}
	if r := w.records("s"); r.In != int64(len(acked)) || r.Pending != 0 || len(acked) == 0 {
		t.Errorf("ledger %+v, %d acknowledged", r, len(acked))
	}
	w.close(t)
}

func TestARemovedStreamIsDrainedAlsoByTheNextProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testStream("s")
		s.Destination.S3.SecretKey = configs.NewSecret("of the store")
		w.lake.set(down)
		w.mustOpen(t, s)
		w.mustAppend(t, "s", `{"n":1}`)
		if err := w.hub.Remove("s"); err != nil {
			t.Fatal(err)
		}
		if err := w.append("s", `{"n":2}`); err == nil {
			t.Error("a removed stream takes records")
		}
		time.Sleep(time.Minute)
		if got := w.hub.Status().Streams; len(got) != 1 || got[0].State != StateDraining || got[0].Records.Pending != 1 {
			t.Errorf("status %+v, want it draining", got)
		}
		crashed := w.disk.Crash()
		w.close(t)

		w.disk = crashed
		w.mustOpen(t)
		defer w.close(t)
		var secret string
		w.hub.options.Build = func(_ context.Context, c configs.Stream) (Parts, error) {
			secret = c.Destination.S3.SecretKey.Reveal()
			return Parts{Destination: w.lake, ErrorSink: w.fails}, nil
		}
		orphans, err := w.hub.Resume(t.Context())
		if err != nil || len(orphans) != 0 || secret != "of the store" {
			t.Fatalf("got orphans %+v, %v, secret %q; want it drained with its secret", orphans, err, secret)
		}
		w.lake.set(nil)
		time.Sleep(2 * time.Minute)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`})
		if got := w.hub.Status().Streams; len(got) != 0 {
			t.Errorf("status %+v, want the stream forgotten", got)
		}
		w.noLeftovers(t)
	})
}

func TestAStreamThatLeavesCanStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		w.mustAppend(t, "s", `{"n":1}`)
		if err := w.hub.Remove("s"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := w.hub.Start(t.Context(), testStream("s")); err != nil {
			t.Fatal(err)
		}
		w.lake.set(nil)
		w.mustAppend(t, "s", `{"n":2}`)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`, `{"n":2}`})
		if got := w.hub.Status().Streams; len(got) != 1 || got[0].State != StateRunning || got[0].Records.In != 2 {
			t.Errorf("status %+v, want it running with both records", got)
		}
		w.noLeftovers(t)
	})
}

func TestAnOrphanIsToldAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, testStream("s"), testStream("other"))
		w.mustAppend(t, "s", `{"n":1}`, `{"n":2}`)
		w.close(t)
		w.lake.set(nil)
		w.mustOpen(t, testStream("other"))
		defer w.close(t)
		orphans, err := w.hub.Resume(t.Context())
		if err != nil || len(orphans) != 1 || orphans[0].Name != "s" || orphans[0].Pending.Records != 2 {
			t.Fatalf("got %+v, %v, want stream s with 2 records", orphans, err)
		}
		got := w.hub.Status().Streams
		if len(got) != 2 || got[1].State != StateOrphaned || got[1].Records.Pending != 2 || !strings.Contains(got[1].Remark, "segments export s") {
			t.Errorf("status %+v, want the orphan and what to do", got)
		}
		if err := w.hub.Start(t.Context(), testStream("s")); err != nil {
			t.Fatal(err)
		}
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`, `{"n":2}`})
		if got := w.hub.Status().Streams; got[1].State != StateRunning {
			t.Errorf("status %+v, want no orphan", got)
		}
	})
}

func TestAChangeThatFailsLeavesTheOldOneInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		bad := testStream("s")
		bad.Destination.S3.Prefix = "!{nonsense}"
		if err := w.hub.Check(t.Context(), bad); err == nil {
			t.Error("Check found nothing wrong")
		}
		good := testStream("s")
		good.Destination.S3.Prefix = "elsewhere/"
		for _, change := range []func() error{
			func() error { return w.hub.Change(t.Context(), bad) },
			func() error {
				w.disk.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return op.Kind == "rename" }})
				defer w.disk.Fail(nil)
				return w.hub.Change(t.Context(), good)
			},
			func() error {
				w.disk.Fail(&buffertest.Fault{Err: errors.New("broken"), Only: func(op buffertest.Op) bool { return op.Kind == "create" }})
				defer w.disk.Fail(nil)
				return w.hub.Remove("s")
			},
		} {
			if err := change(); err == nil {
				t.Error("a change that can't be worked")
			}
		}
		w.mustAppend(t, "s", `{"n":1}`)
		w.flush(t)
		for _, key := range w.lake.keys() {
			if !strings.HasPrefix(key, "s/dt=") {
				t.Errorf("key %q, want the old prefix", key)
			}
		}
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`})
	})
}
