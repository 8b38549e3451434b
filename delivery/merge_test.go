package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer/buffertest"
	"hydrant/configs"
)

// smallStream makes a segment of each append.
func smallStream() configs.Stream {
	s := testStream("s")
	s.Buffer.Size = 30
	return s
}

// fallBehind appends n segments of one good and one bad record each while
// nothing can be delivered.
func (w *world) fallBehind(t *testing.T, s configs.Stream, n int) (good, bad []string) {
	t.Helper()
	w.lake.set(down)
	w.fails.set(down)
	w.mustOpen(t, s)
	for i := range n {
		good = append(good, fmt.Sprintf(`{"n":%d,"pad":"xxxxxxxxxxxxxxx"}`, 1000+i))
		bad = append(bad, fmt.Sprintf(`bad %04d`, i))
		w.mustAppend(t, "s", good[i], bad[i])
		time.Sleep(time.Second)
	}
	return good, bad
}

func TestAStreamThatIsBehindMergesSegmentsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		good, bad := w.fallBehind(t, smallStream(), 40)
		defer w.close(t)
		status := w.hub.Status().Streams[0]
		if status.BatchTarget <= 1000 || status.Workers != usualWorkers {
			t.Errorf("while down: batch_target %d, workers %d, want more than 1000 and the usual %d", status.BatchTarget, status.Workers, usualWorkers)
		}
		w.lake.set(nil)
		w.fails.set(nil)
		w.flush(t)
		if n := len(w.lake.keys()); n > 6 {
			t.Errorf("%d objects of 40 segments, want few", n)
		}
		if got := w.lake.lines(); !slices.Equal(got, good) {
			t.Errorf("lines in order of keys = %q, want the order of appends", got)
		}
		want(t, "archived", w.fails.raw(t), bad)
		status = w.hub.Status().Streams[0]
		if status.BatchTarget != 30 || status.Workers != usualWorkers {
			t.Errorf("when the backlog is gone: batch_target %d, workers %d, want 30 and %d", status.BatchTarget, status.Workers, usualWorkers)
		}
		if got, want := status.Records, (Amounts{In: 80, Delivered: 40, Archived: 40}); got != want {
			t.Errorf("ledger = %+v, want %+v", got, want)
		}
		w.noLeftovers(t)
	})
}

func TestSegmentsOfDifferentPrefixesAreNotMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, smallStream())
		defer w.close(t)
		for day := range 3 {
			for i := range 4 {
				w.mustAppend(t, "s", fmt.Sprintf(`{"n":%d,"pad":"xxxxxxxxxxxxxxx"}`, 10*day+i))
			}
			time.Sleep(24 * time.Hour)
		}
		w.lake.set(nil)
		w.flush(t)
		for _, key := range w.lake.keys() {
			day := strings.TrimPrefix(key, "s/dt=2000-01-0")[:1]
			for line := range strings.Lines(string(w.lake.objects[key])) {
				var n int
				if _, err := fmt.Sscanf(line, `{"n":%d`, &n); err != nil || fmt.Sprint(n/10+1) != day {
					t.Errorf("%s holds %q (%v)", key, line, err)
				}
			}
		}
	})
}

func TestWhatIsRefusedOfAMergedBatchIsArchived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		good, bad := w.fallBehind(t, smallStream(), 12)
		defer w.close(t)
		w.lake.set(never)
		w.fails.set(nil)
		w.flush(t)
		want(t, "archived", w.fails.raw(t), append(good, bad...))
		if got, want := w.records("s"), (Amounts{In: 24, Archived: 24}); got != want {
			t.Errorf("ledger = %+v, want %+v", got, want)
		}
		w.noLeftovers(t)
	})
}

// TestCrashWhileMergedBatchesAreDelivered falls behind, lets the first
// operation of catching up fail, then the second, and so on, and cuts the
// power each time.
func TestCrashWhileMergedBatchesAreDelivered(t *testing.T) {
	for _, partial := range []bool{false, true} {
		for n, met := 0, true; met; n++ {
			t.Run(fmt.Sprintf("operation %d, taking effect %v", n, partial), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { met = crashMerged(t, n, partial) })
			})
		}
	}
}

func crashMerged(t *testing.T, n int, took bool) (met bool) {
	s := smallStream()
	before := newWorld()
	good, bad := before.fallBehind(t, s, 6)
	before.close(t)
	before.lake.set(nil)
	before.fails.set(nil)

	w := &world{disk: before.disk.Crash(), lake: before.lake, fails: before.fails}
	w.disk.Fail(&buffertest.Fault{After: n, Took: took, Stays: true})
	if err := w.open(s); err == nil {
		time.Sleep(time.Minute)
	}
	met = w.disk.Met()
	disk := w.disk.Crash()
	if n%2 == 1 {
		disk = w.disk.CrashTorn(uint64(n))
	}
	if w.hub != nil {
		_ = w.hub.Close(context.Background()) // it can't touch the disk any more, and says so
	}
	next := &world{disk: disk, lake: w.lake, fails: w.fails}
	next.mustOpen(t, s)
	defer next.close(t)
	next.flush(t)
	want(t, "delivered", w.lake.lines(), good)
	want(t, "archived", w.fails.raw(t), bad)
	if got, want := next.records("s"), (Amounts{In: 12, Delivered: 6, Archived: 6}); got != want {
		t.Errorf("ledger = %+v, want %+v", got, want)
	}
	next.noLeftovers(t)
	return met
}
