package delivery

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A store that is down at first and refuses a partition later, after a restart.
func TestAPartitionThatIsRefusedAfterARestartIsArchived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, partitioned("s"))
		w.mustAppend(t, "s", row("a", 1), row("never", 2))
		time.Sleep(time.Hour)
		w.close(t)
		w.lake.set(func(key string) (bool, error) {
			if strings.Contains(key, "k=never") {
				return never(key)
			}
			return true, nil
		})
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{row("a", 1)})
		if r := w.records("s"); r.Archived != 1 || r.Delivered != 1 || r.Pending != 0 {
			t.Errorf("ledger %+v, want one delivered and one archived", r)
		}
	})
}

func TestARemovedStreamDoesNotWaitForItsPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := partitioned("s")
		s.Buffer.Interval = 24 * time.Hour
		w.mustOpen(t, s)
		defer w.close(t)
		w.mustAppend(t, "s", row("a", 1), row("b", 2))
		time.Sleep(time.Hour) // split
		w.mustAppend(t, "s", row("a", 3))
		if err := w.hub.Remove("s"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		want(t, "delivered", w.lake.lines(), []string{row("a", 1), row("a", 3), row("b", 2)})
		if got := w.hub.Status().Streams; len(got) != 0 {
			t.Errorf("status %+v, want the stream forgotten", got)
		}
	})
}

func TestWhatIsInPartitionsOfAnOrphanIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := partitioned("s")
		s.Buffer.Interval = 24 * time.Hour
		w.mustOpen(t, s)
		w.mustAppend(t, "s", row("a", 1), row("b", 2))
		time.Sleep(time.Hour)
		w.close(t)
		w.mustOpen(t)
		defer w.close(t)
		orphans, err := w.hub.Resume(t.Context())
		if err != nil || len(orphans) != 1 || orphans[0].Pending.Records != 2 || orphans[0].Forwarded.Records != 2 {
			t.Fatalf("got %+v, %v, want stream s with 2 records in partitions", orphans, err)
		}
		if got := w.hub.Status().Streams; len(got) != 1 || got[0].Records.Pending != 2 ||
			!strings.Contains(got[0].Remark, "2 of them are in its partitions") {
			t.Errorf("status %+v, want the orphan and where its records are", got)
		}
	})
}

// What is being shipped when a change comes is finished under the old
// configuration, and a cut that fails is not repeated under it.
func TestAChangeWaitsForACutAndNotForOneThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		w.mustAppend(t, "s", row("a", 1))
		time.Sleep(time.Hour)
		before := time.Now()
		changed := partitioned("s")
		changed.Buffer.Interval = time.Second
		if err := w.hub.Change(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); took > time.Second {
			t.Errorf("the change waited %v for a cut that fails", took)
		}
		w.lake.set(nil)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{row("a", 1)})
	})
}
