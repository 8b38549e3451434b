package delivery

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/configs"
	"hydrant/delivery/receipts"
)

// withReceipts opens the world's hub so that it keeps receipts.
func (w *world) withReceipts(t *testing.T, streams ...configs.Stream) {
	t.Helper()
	if err := w.openReceipts(streams...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) openReceipts(streams ...configs.Stream) error {
	hub, err := Open(Options{
		FS: w.disk, DataDir: "/data", Disk: buffer.NewDisk(0), Receipts: buffer.JournalLimits{MaxAge: time.Hour, MaxBytes: 1 << 20},
		Build: func(context.Context, configs.Stream) (Parts, error) {
			return Parts{Destination: w.lake, ErrorSink: w.fails}, nil
		},
	})
	if err != nil {
		return err
	}
	w.hub = hub
	for _, s := range streams {
		if err := hub.Start(context.Background(), s); err != nil {
			return err
		}
	}
	return nil
}

// ids appends a frame and returns the ids of its records.
func (w *world) ids(t *testing.T, stream string, records ...string) []buffer.RecordID {
	t.Helper()
	s, _ := w.hub.Stream(stream)
	f := buffer.NewFrame(1024)
	for _, r := range records {
		f.Add([]byte(r))
	}
	at, err := s.Append(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var ids []buffer.RecordID
	for i := range records {
		ids = append(ids, buffer.RecordID{Segment: at.Segment, Offset: at.Offset, Index: uint32(i)})
	}
	return ids
}

func (w *world) where(t *testing.T, id buffer.RecordID) Whereabouts {
	t.Helper()
	got, err := Where(w.disk, "/data", id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestARecordCanBeTraced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testStream("s")
		w.withReceipts(t, s)
		ids := w.ids(t, "s", `{"n":1}`, `bad`, `{"n":2}`, `{"n":4}{"n":5}`, `{"n":6}bad`)
		ids = append(ids, w.ids(t, "s", `{"n":7}`)...)
		for _, id := range ids {
			if got := w.where(t, id); got.State != StatePending || got.Stream != "s" || got.Bytes == 0 {
				t.Errorf("before delivery: got %+v, want it pending", got)
			}
		}
		if got := w.where(t, buffer.RecordID{Segment: ids[0].Segment, Offset: ids[0].Offset, Index: 9}); got.State != StateUnknown {
			t.Errorf("an index that no record has: got %+v", got)
		}
		w.flush(t)
		w.lake.set(never)
		ids = append(ids, w.ids(t, "s", `{"n":8}`)...)
		w.flush(t)
		for i, want := range []string{"delivered s/", "archived s/format-conversion-failed/", "delivered s/", "delivered s/",
			"delivered s/, archived s/format-conversion-failed/", "delivered s/", "archived s/delivery-failed/"} {
			got := w.where(t, ids[i])
			var places []string
			for _, p := range got.Places {
				places = append(places, string(p.Fate)+" "+p.Key)
				if data := w.lake.objects[p.Key]; p.Fate == receipts.Delivered && (data == nil || p.Bucket != "lake") ||
					p.Fate == receipts.Archived && w.fails.objects[p.Key] == nil {
					t.Errorf("record %d: there is no object %s in %s", i, p.Key, p.Bucket)
				}
			}
			for j, part := range strings.Split(want, ", ") {
				if j >= len(places) || !strings.HasPrefix(places[j], part) {
					t.Errorf("record %d: got %q, want %q", i, places, want)
				}
			}
			if strings.Count(want, ",")+1 != len(places) {
				t.Errorf("record %d: got %q, want %q", i, places, want)
			}
		}
		w.close(t)
		if got := w.where(t, ids[0]); got.State != string(receipts.Delivered) {
			t.Errorf("on a stopped data directory: got %+v", got)
		}
		time.Sleep(3 * time.Hour)
		w.withReceipts(t, s)
		defer w.close(t)
		if got := w.where(t, ids[0]); got.State != StateUnknown || got.Remark == "" {
			t.Errorf("after the receipts' time: got %+v, want it unknown and why", got)
		}
	})
}

func TestOfAPartitionedRecordItIsSaidThatItWasSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testStream("s")
		s.Destination.S3.Prefix = "s/!{partitionKeyFromQuery:k}/"
		s.PartitionBy = query(".k")
		w.withReceipts(t, s)
		defer w.close(t)
		ids := w.ids(t, "s", `{"k":"a","n":1}`, `bad`, `{"k":"a","n":4}{"n":5}`)
		if got := w.where(t, ids[0]); got.State != StatePending {
			t.Errorf("before the split: got %+v, want it pending", got)
		}
		w.flush(t)
		for i, want := range []struct {
			state  string
			places int
			split  bool
		}{{StateUnknown, 0, true}, {string(receipts.Archived), 1, false}, {StateUnknown, 1, true}} {
			got := w.where(t, ids[i])
			if got.State != want.state || len(got.Places) != want.places || strings.Contains(got.Remark, "partitions") != want.split {
				t.Errorf("record %d: got %+v, want %+v", i, got, want)
			}
		}
	})
}

// Whatever operation fails, and the power goes: an acknowledged record that is
// not pending is in the object that its receipt names.
func TestNoFaultLosesAReceipt(t *testing.T) {
	for n := 0; n < 400; n += 7 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.disk.Fail(&buffertest.Fault{After: n})
			var ids []buffer.RecordID
			if w.openReceipts(testStream("s")) == nil {
				s, _ := w.hub.Stream("s")
				for i := range 3 {
					f := buffer.NewFrame(64)
					f.Add(fmt.Appendf(nil, `{"n":%d}`, i))
					if at, err := s.Append(t.Context(), f); err == nil {
						ids = append(ids, buffer.RecordID{Segment: at.Segment, Offset: at.Offset})
					}
					time.Sleep(time.Hour / 2)
				}
			}
			crashed := w.disk.Crash()
			for _, id := range ids {
				got, err := Where(crashed, "/data", id)
				if err != nil {
					t.Errorf("fault %d: %v", n, err)
				}
				if got.State == string(receipts.Delivered) && w.lake.objects[got.Places[0].Key] == nil ||
					got.State != StatePending && got.State != string(receipts.Delivered) {
					t.Errorf("fault %d: got %+v", n, got)
				}
			}
			if w.hub != nil {
				w.disk.Fail(nil)
				w.close(t)
			}
		})
	}
}
