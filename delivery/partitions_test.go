package delivery

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/configs"
)

// partitioned is a stream whose records go to the folder of their k.
func partitioned(name string) configs.Stream {
	s := testStream(name)
	s.Destination.S3 = &configs.S3{Bucket: "lake", Prefix: name + "/k=!{partitionKeyFromQuery:k}/"}
	s.PartitionBy = query(".k")
	return s
}

func row(k string, n int) string { return fmt.Sprintf(`{"k":"%s","n":%d}`, k, n) }

// folders returns the lines of objects by the partition in their keys, in the
// order of the keys.
func (w *world) folders() map[string][]string {
	lines := make(map[string][]string)
	for _, key := range w.lake.keys() {
		k := path.Base(path.Dir(key))
		for line := range strings.Lines(string(w.lake.objects[key])) {
			lines[k] = append(lines[k], strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// objects returns how many objects a partition has.
func (w *world) objects(k string) (n int) {
	for _, key := range w.lake.keys() {
		if path.Base(path.Dir(key)) == "k="+k {
			n++
		}
	}
	return n
}

func TestAPartitionGathersOverManySegments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		var a, b []string
		for i := range 50 { // as many segments
			a, b = append(a, row("a", i)), append(b, row("b", i))
			w.mustAppend(t, "s", a[i], b[i])
			time.Sleep(time.Second)
		}
		if got := w.lake.keys(); len(got) > 0 {
			t.Fatalf("before the interval is over: objects %q, want none", got)
		}
		if s := w.hub.Status().Streams[0]; s.ActivePartitions != 2 || s.Records != (Amounts{In: 100, Pending: 100}) {
			t.Errorf("status before the cut = %+v, want 2 active partitions and 100 pending", s)
		}
		time.Sleep(20 * time.Second)
		if w.objects("a") != 1 || w.objects("b") != 1 {
			t.Errorf("keys = %q, want one object of each partition", w.lake.keys())
		}
		w.flush(t)
		for k, sent := range map[string][]string{"k=a": a, "k=b": b} {
			if got := w.folders()[k]; !slices.Equal(got, sent) {
				t.Errorf("%s = %q, want the order of arrival %q", k, got, sent)
			}
		}
		w.noLeftovers(t)
	})
}

func TestThresholdsHoldForEachPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := partitioned("s")
		s.Buffer.Size = 1000
		w.mustOpen(t, s)
		defer w.close(t)
		w.mustAppend(t, "s", row("slow", 0))
		time.Sleep(30 * time.Second)
		for i := range 100 {
			w.mustAppend(t, "s", row("large", i))
		}
		w.mustAppend(t, "s", row("late", 0))
		time.Sleep(20 * time.Second) // 50 s after the first record
		if got := w.objects("large"); got == 0 {
			t.Error("a partition beyond buffer.size was not cut")
		}
		if w.objects("slow")+w.objects("late") > 0 {
			t.Errorf("keys = %q: a partition was cut before it was large or old", w.lake.keys())
		}
		time.Sleep(12 * time.Second)
		if w.objects("slow") != 1 || w.objects("late") != 0 {
			t.Errorf("62 s after the first record: keys = %q, want slow and not late", w.lake.keys())
		}
		time.Sleep(32 * time.Second)
		if w.objects("late") != 1 {
			t.Errorf("94 s after the first record: keys = %q, want late too", w.lake.keys())
		}
	})
}

func TestPartitionsGoOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, partitioned("s"))
		w.mustAppend(t, "s", row("a", 1), row("b", 1))
		time.Sleep(30 * time.Second)
		w.close(t)
		if got := w.lake.keys(); len(got) > 0 {
			t.Errorf("after the shutdown: objects %q, want none", got)
		}
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		w.mustAppend(t, "s", row("a", 2))
		if got := w.records("s"); got != (Amounts{In: 3, Pending: 3}) {
			t.Errorf("ledger after the restart = %+v, want 3 pending", got)
		}
		time.Sleep(32 * time.Second)
		want(t, "a", w.folders()["k=a"], []string{row("a", 1), row("a", 2)})
		want(t, "b", w.folders()["k=b"], []string{row("b", 1)})
		w.noLeftovers(t)
	})
}

func TestOrderWithinAPartitionIsKeptInObjectsAndTheirKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := partitioned("s")
		s.Buffer.Size, s.Buffer.Interval = 300, time.Second
		w.mustOpen(t, s)
		sent := make(map[string][]string)
		for i := range 200 {
			k := fmt.Sprintf("p%d", i%7)
			sent["k="+k] = append(sent["k="+k], row(k, i))
			w.mustAppend(t, "s", row(k, i))
			time.Sleep(50 * time.Millisecond)
			if i == 100 {
				w.close(t)
				w.mustOpen(t, s)
			}
		}
		defer w.close(t)
		w.flush(t)
		for k, lines := range w.folders() {
			if !slices.Equal(lines, sent[k]) {
				t.Errorf("%s = %q, want %q", k, lines, sent[k])
			}
		}
		w.noLeftovers(t)
	})
}

func TestAChangeKeepsTheRulesOfWhatIsSplit(t *testing.T) {
	plain := testStream("s")
	other := partitioned("s")
	other.PartitionBy = []configs.PartitionKey{{Name: "m", Query: ".n"}}
	other.Destination.S3 = &configs.S3{Bucket: "lake", Prefix: "s/m=!{partitionKeyFromQuery:m}/"}
	for _, tt := range []struct {
		name          string
		first, second configs.Stream
		folder        string // of the second record
	}{
		{"partitioning removed", partitioned("s"), plain, "dt=2000-01-01"},
		{"partitioning added", plain, partitioned("s"), "k=a"},
		{"other keys", partitioned("s"), other, "m=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.mustOpen(t, tt.first)
				w.mustAppend(t, "s", row("a", 1))
				time.Sleep(20 * time.Second) // it is split, if there are partitions
				if err := w.hub.Change(t.Context(), tt.second); err != nil {
					t.Fatal(err)
				}
				w.mustAppend(t, "s", row("a", 2))
				w.flush(t)
				w.close(t)
				w.mustOpen(t, tt.first) // and back, over a restart
				w.mustAppend(t, "s", row("a", 3))
				w.flush(t)
				w.close(t)
				want(t, "delivered", w.lake.lines(), []string{row("a", 1), row("a", 2), row("a", 3)})
				if len(tt.first.PartitionBy) > 0 {
					if got := w.folders()["k=a"]; !slices.Equal(got, []string{row("a", 1), row("a", 3)}) {
						t.Errorf("folder of the first rules = %q, want records 1 and 3", got)
					}
				}
				if got := w.folders()[tt.folder]; !slices.Contains(got, row("a", 2)) && len(tt.second.PartitionBy) > 0 {
					t.Errorf("folder %s = %q of %q, want record 2", tt.folder, got, w.lake.keys())
				}
				w.noLeftovers(t)
			})
		})
	}
}

func TestADamagedRunIsArchivedAndTheRestDelivered(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(b []byte) []byte
		lost   bool
	}{
		{"a row", func(b []byte) []byte { b[30] ^= 1; return b }, true},
		{"the head", func(b []byte) []byte { b[0] ^= 1; return b }, false},
		{"the end", func(b []byte) []byte { b[len(b)-5] ^= 1; return b }, false},
		{"the end and the head", func(b []byte) []byte { b[0] ^= 1; b[len(b)-5] ^= 1; return b }, true},
		{"the file is cut short", func(b []byte) []byte { return b[:len(b)/3] }, true},
		{"the file is empty", func([]byte) []byte { return nil }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.mustOpen(t, partitioned("s"))
				w.mustAppend(t, "s", row("a", 1), row("b", 2))
				time.Sleep(20 * time.Second)
				w.close(t)
				for _, name := range w.disk.Names() {
					if strings.HasSuffix(name, ".run") {
						b, _ := w.disk.ReadFile(name)
						w.disk.WriteFile(name, tt.damage(b))
					}
				}
				w.mustOpen(t, partitioned("s"))
				defer w.close(t)
				w.flush(t)
				got := w.records("s")
				if got.In != 2 || got.Pending != 0 || got.Delivered+got.Archived != 2 || (got.Archived > 0) != tt.lost {
					t.Errorf("ledger = %+v, want 2 in, nothing pending, archived: %v", got, tt.lost)
				}
				if int64(len(w.lake.lines())) != got.Delivered {
					t.Errorf("delivered %q, ledger %+v", w.lake.lines(), got)
				}
				if tt.lost && len(w.fails.keys()) == 0 {
					t.Error("nothing was archived")
				}
			})
		})
	}
}

func TestTenThousandPartitionsStayInTheirBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := partitioned("s")
		w.mustOpen(t, s)
		defer w.close(t)
		const partitions = 10000
		for range 3 {
			for from := 0; from < partitions; from += 500 {
				var frame []string
				for i := from; i < from+500; i++ {
					frame = append(frame, row(fmt.Sprintf("p%05d", i), i))
				}
				w.mustAppend(t, "s", frame...)
			}
			time.Sleep(15 * time.Second)
		}
		stats := w.hub.streams["s"].store.Stats()
		if stats.Partitions != partitions || stats.Runs > 10 {
			t.Errorf("%d partitions in %d runs, want %d in a few", stats.Partitions, stats.Runs, partitions)
		}
		if each := stats.Memory / partitions; each > 400 {
			t.Errorf("%d bytes of memory for each partition, want at most 400", each)
		}
		before := w.disk.Ops()
		time.Sleep(30 * time.Second)
		if got := w.records("s"); got.Delivered != 3*partitions || got.Pending != 0 {
			t.Errorf("ledger = %+v, want all %d delivered", got, 3*partitions)
		}
		if got := len(w.lake.keys()); got != partitions {
			t.Errorf("%d objects, want one of each partition: %d", got, partitions)
		}
		t.Logf("%d operations on the disk for %d objects", w.disk.Ops()-before, partitions)
		w.noLeftovers(t)
	})
}

func TestTheLargestPartitionIsCutEarlyWhenMemoryRunsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.memory = 16 * 200 << 10 // 200 KiB for partitions
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		for i := range 1000 {
			k := fmt.Sprintf("p%d", i)
			w.mustAppend(t, "s", row(k, i))
			if i%100 == 99 {
				w.mustAppend(t, "s", row("large", i), row("large", i))
				time.Sleep(time.Second)
			}
		}
		time.Sleep(10 * time.Second)
		got := w.hub.Status().Streams[0]
		if got.EarlyCuts == 0 || w.objects("large") == 0 {
			t.Errorf("status = %+v, keys of large: %d, want early cuts, and the largest among them", got, w.objects("large"))
		}
		if held := w.hub.streams["s"].store.Stats().Memory; held > 200<<10 {
			t.Errorf("partitions hold %d bytes of memory, want at most %d", held, 200<<10)
		}
		w.flush(t)
		if got := w.records("s"); got.Delivered != 1020 || got.Pending != 0 {
			t.Errorf("ledger = %+v, want 1020 delivered", got)
		}
	})
}

func TestWhileADestinationIsDownPartitionsWaitInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.memory = 16 * 100 << 10
		w.lake.set(down)
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		n := 0
		for range 60 {
			for range 50 {
				w.mustAppend(t, "s", row(fmt.Sprintf("p%d", n), n))
				n++
			}
			time.Sleep(time.Minute)
		}
		if held := w.hub.streams["s"].store.Stats().Memory; held > 2*100<<10 {
			t.Errorf("partitions hold %d bytes of memory, want about %d at most", held, 100<<10)
		}
		if got := w.hub.Status().Streams[0]; got.Destinations[0].State != "retrying" || got.Records.Pending != int64(n) || got.OldestPendingSeconds < 3000 {
			t.Errorf("status while down = %+v", got)
		}
		w.lake.set(nil)
		w.flush(t)
		if got := w.records("s"); got.Delivered != int64(n) || got.Pending != 0 || len(w.lake.lines()) != n {
			t.Errorf("ledger = %+v and %d lines, want %d delivered", got, len(w.lake.lines()), n)
		}
		w.noLeftovers(t)
	})
}

func TestDiskIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		for i := range 20 {
			w.mustAppend(t, "s", row("a", i), row("b", i), "bad")
			time.Sleep(10 * time.Second)
			if i == 10 {
				if err := w.hub.Change(t.Context(), partitioned("s")); err != nil {
					t.Fatal(err)
				}
			}
		}
		if w.budget.Used() == 0 {
			t.Error("runs do not count in the disk budget")
		}
		w.flush(t)
		synctest.Wait()
		if got := w.budget.Used(); got != 0 {
			t.Errorf("%d bytes of the disk budget are in use after everything is delivered, want none", got)
		}
	})
}

// TestCrashAtEveryDiskOperationWithPartitions is as TestCrashAtEveryDiskOperation,
// for partitions; the power is cut a second time while the new daemon works.
func TestCrashAtEveryDiskOperationWithPartitions(t *testing.T) {
	for _, took := range []bool{false, true} {
		for n, met := 0, true; met; n++ {
			for i, crash := range []string{"plain", "torn", "killed"} {
				if i != n%3 && crash != "torn" {
					continue
				}
				t.Run(fmt.Sprintf("operation %d, taking effect %v, %s", n, took, crash), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { met = crashPartitionsAt(t, n, took, crash) })
				})
			}
		}
	}
}

func crashPartitionsAt(t *testing.T, n int, took bool, crash string) (met bool) {
	w := newWorld()
	s := partitioned("s")
	s.Buffer.Interval, s.Buffer.Size = 3*time.Second, 60
	w.disk.Fail(&buffertest.Fault{After: n, Took: took})
	w.lake.set(func(key string) (bool, error) {
		if strings.HasPrefix(key, "s/k=refused/") {
			return never(key)
		}
		return true, nil
	})
	acked := make(map[string]bool)
	var sent []string
	if err := w.open(s); err == nil {
		for i := range 6 {
			records := []string{row("a", i), row("b", i), fmt.Sprintf(`bad %d`, i), row(fmt.Sprintf("c%d", i), i)}
			if i == 2 {
				records = append(records, row("refused", i))
			}
			sent = append(sent, records...)
			if err := w.append("s", records...); err == nil {
				for _, r := range records {
					acked[r] = true
				}
			}
			time.Sleep(time.Second)
		}
	}
	met = w.disk.Met()
	disk := w.crash(crash, uint64(n))
	next := &world{disk: disk, lake: w.lake, fails: w.fails}
	disk.Fail(&buffertest.Fault{After: n % 97, Took: !took})
	if next.open(s) == nil {
		time.Sleep(2 * time.Second)
	}
	disk = next.crash(crash, uint64(n)+1)
	last := &world{disk: disk, lake: w.lake, fails: w.fails}
	last.mustOpen(t, s)
	defer last.close(t)
	last.flush(t)
	got := make(map[string]int)
	for _, r := range append(w.lake.lines(), w.fails.raw(t)...) {
		got[r]++
	}
	for _, r := range sent {
		if got[r] > 1 || acked[r] && got[r] != 1 {
			t.Errorf("%q (acknowledged: %v) was found %d times", r, acked[r], got[r])
		}
	}
	ledger := last.records("s")
	if found := int64(len(w.lake.lines()) + len(w.fails.raw(t))); ledger.In != found || ledger.Pending != 0 ||
		ledger.In != ledger.Delivered+ledger.Archived {
		t.Errorf("ledger = %+v, but %d records were found", ledger, found)
	}
	last.noLeftovers(t)
	return met
}

// crash ends the world's daemon and returns the disk that it leaves.
func (w *world) crash(how string, seed uint64) *buffertest.FS {
	// The old daemon can't touch the disk any more, and so begins no delivery
	// that the copy of the disk does not know of.
	w.disk.Fail(&buffertest.Fault{Stays: true})
	disk := w.disk.Crash()
	switch how {
	case "torn":
		disk = w.disk.CrashTorn(seed)
	case "killed":
		disk = w.disk.Kill()
	}
	if w.hub != nil {
		_ = w.hub.Close(context.Background()) // it says that it can't
	}
	return disk
}

func TestALostLedgerIsAdopted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, partitioned("s"))
		w.mustAppend(t, "s", row("a", 1), row("b", 2))
		time.Sleep(20 * time.Second)
		w.close(t)
		if err := w.disk.Remove("/data/streams/s/log/ledger"); err != nil {
			t.Fatal(err)
		}
		w.mustOpen(t, partitioned("s"))
		defer w.close(t)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{row("a", 1), row("b", 2)})
		if got := w.records("s"); got != (Amounts{In: 2, Delivered: 2}) {
			t.Errorf("ledger = %+v, want 2 in and delivered", got)
		}
	})
}

func TestRunsOfANewerReleaseAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, partitioned("s"))
		w.mustAppend(t, "s", row("a", 1))
		time.Sleep(20 * time.Second)
		w.close(t)
		line := `{"version":2,"lines":1}`
		w.disk.WriteFile("/data/streams/s/partitions/consumed",
			fmt.Appendf(nil, "%08x %s\n", crc32.Checksum([]byte(line), crc32.MakeTable(crc32.Castagnoli)), line))
		before := w.disk.Names()
		if err := w.open(partitioned("s")); !errors.Is(err, buffer.ErrVersion) {
			t.Errorf("open = %v, want ErrVersion", err)
		}
		if got := w.disk.Names(); !slices.Equal(got, before) {
			t.Errorf("files = %q, want them untouched: %q", got, before)
		}
	})
}
