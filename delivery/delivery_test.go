package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/configs"
	"hydrant/destinations"
	"hydrant/formats/column"
)

// A store is a Destination in memory that keeps what an object store keeps. It
// survives the crashes of those who deliver to it.
type store struct {
	mu      sync.Mutex
	objects map[string][]byte
	// fault, if set, is asked before each object is stored: stored says
	// whether it is all the same, err is what the caller sees.
	fault func(key string) (stored bool, err error)
	calls int
}

func newStore() *store { return &store{objects: make(map[string][]byte)} }

func (s *store) Deliver(ctx context.Context, b destinations.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	failed := make(map[int]error)
	for i, o := range b.Objects {
		if err := s.put(o); err != nil {
			failed[i] = err
		}
	}
	if len(failed) > 0 {
		return &destinations.PartialError{Failed: failed}
	}
	return ctx.Err()
}

func (s *store) put(o destinations.Object) error {
	r, err := o.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if sha256.Sum256(data) != o.SHA256 || int64(len(data)) != o.Size {
		return destinations.Permanent(fmt.Errorf("%s: checksum or size differs", o.Key))
	}
	stored, failure := true, error(nil)
	if s.fault != nil {
		stored, failure = s.fault(o.Key)
	}
	if stored {
		if there, ok := s.objects[o.Key]; ok && !bytes.Equal(there, data) {
			return destinations.Permanent(fmt.Errorf("%s is there with other bytes", o.Key))
		}
		s.objects[o.Key] = data
	}
	return failure
}

func (s *store) set(fault func(key string) (bool, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *store) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

// lines returns the lines of all objects.
func (s *store) lines() []string {
	var lines []string
	for _, key := range s.keys() {
		for line := range strings.Lines(string(s.objects[key])) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// raw returns the records in the entries of all archive objects.
func (s *store) raw(t *testing.T) []string {
	var out []string
	for _, line := range s.lines() {
		var e struct{ RawData string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("archive entry %q: %v", line, err)
		}
		data, err := base64.StdEncoding.DecodeString(e.RawData)
		if err != nil {
			t.Fatalf("archive entry %q: %v", line, err)
		}
		out = append(out, string(data))
	}
	return out
}

var (
	down  = func(string) (bool, error) { return false, errors.New("connection refused") }
	lost  = func(string) (bool, error) { return true, errors.New("time-out") }
	never = func(string) (bool, error) { return false, destinations.Permanent(errors.New("key too long")) }
)

// A world is one disk and two stores, with or without a daemon on it.
type world struct {
	disk        *buffertest.FS
	lake, fails *store
	hub         *Hub
	budget      *buffer.Disk
	memory      int64 // of the process; 0: no limit
}

func newWorld() *world {
	return &world{disk: buffertest.NewFS(), lake: newStore(), fails: newStore()}
}

func (w *world) open(streams ...configs.Stream) error {
	w.budget = buffer.NewDisk(0)
	hub, err := Open(Options{
		FS: w.disk, DataDir: "/data", Disk: w.budget, MaxMemory: w.memory,
		Build: func(_ context.Context, s configs.Stream) (Parts, error) {
			return Parts{Destination: w.lake, ErrorSink: w.fails}, nil
		},
	})
	if err != nil {
		return err
	}
	for _, s := range streams {
		if err := hub.Start(context.Background(), s); err != nil {
			return errors.Join(err, hub.Close(context.Background()))
		}
	}
	w.hub = hub
	return nil
}

func (w *world) mustOpen(t *testing.T, streams ...configs.Stream) {
	t.Helper()
	if err := w.open(streams...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) close(t *testing.T) {
	t.Helper()
	if err := w.hub.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// append adds one frame and says whether it was acknowledged.
func (w *world) append(stream string, records ...string) error {
	s, ok := w.hub.Stream(stream)
	if !ok {
		return errors.New("no such stream")
	}
	f := buffer.NewFrame(1024)
	defer f.Release()
	for _, r := range records {
		f.Add([]byte(r))
	}
	_, err := s.Append(context.Background(), f)
	return err
}

func (w *world) mustAppend(t *testing.T, stream string, records ...string) {
	t.Helper()
	if err := w.append(stream, records...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) flush(t *testing.T) {
	t.Helper()
	if err := w.hub.Flush(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
}

func (w *world) records(stream string) Amounts {
	for _, s := range w.hub.Status().Streams {
		if s.Name == stream {
			return s.Records
		}
	}
	return Amounts{}
}

func testStream(name string) configs.Stream {
	return configs.Stream{
		Name:   name,
		Buffer: configs.Buffer{Size: 1 << 20, Interval: time.Minute},
		Schema: &column.Schema{Columns: []column.Column{{Name: "n", Type: column.Type{Kind: column.Int}}}},
		Format: configs.Format{Kind: "json", Compression: "none"},
		Destination: configs.Destination{Kind: "s3", S3: &configs.S3{
			Bucket: "lake", Prefix: name + "/dt=!{timestamp:yyyy-MM-dd}/",
		}},
		ErrorSink: configs.Destination{Kind: "s3", S3: &configs.S3{
			Bucket: "errors", Prefix: name + "/!{firehose:error-output-type}/",
		}},
	}
}

func want(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s = %q, want %q", what, got, want)
	}
}

func TestEveryRecordEndsInOnePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		w.mustAppend(t, "s", `{"n":1}`, `{"n":`, `{"n":2}`)
		w.mustAppend(t, "s", ``, `{"n":3}`)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`, `{"n":2}`, `{"n":3}`})
		want(t, "archived", w.fails.raw(t), []string{`{"n":`, ``})
		if got, want := w.records("s"), (Amounts{In: 5, Delivered: 3, Archived: 2}); got != want {
			t.Errorf("ledger = %+v, want %+v", got, want)
		}
		for _, key := range w.lake.keys() {
			if !strings.HasPrefix(key, "s/dt=2000-01-01/s-1-2000-01-01-00-00-00-") {
				t.Errorf("key = %q, want prefix, stream, version, time and UUID", key)
			}
		}
		for _, key := range w.fails.keys() {
			if !strings.HasPrefix(key, "s/format-conversion-failed/") {
				t.Errorf("key of errors = %q", key)
			}
		}
		w.noLeftovers(t)
	})
}

// noLeftovers: after everything is delivered nothing but the ledger and the
// stream's history is on disk.
func (w *world) noLeftovers(t *testing.T) {
	t.Helper()
	synctest.Wait()
	for _, name := range w.disk.Names() {
		switch base := path.Base(name); {
		case base == "ledger", base == historyFile, base == "lock", base == "consumed":
		default:
			t.Errorf("left on disk: %s", name)
		}
	}
}

func TestNothingIsLostWhileTheDestinationIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		var sent []string
		for i := range 48 {
			record := fmt.Sprintf(`{"n":%d}`, i)
			w.mustAppend(t, "s", record)
			sent = append(sent, record)
			time.Sleep(time.Hour)
		}
		status := w.hub.Status().Streams[0]
		if status.Records.Pending != 48 || status.Destinations[0].State != "retrying" ||
			!strings.Contains(status.Destinations[0].LastError, "connection refused") {
			t.Errorf("status while down = %+v", status)
		}
		w.lake.set(nil)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), sent)
		w.noLeftovers(t)
	})
}

func TestALostAnswerDeliversOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(lost)
		w.fails.set(lost)
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		w.mustAppend(t, "s", `{"n":1}`, `bad`)
		time.Sleep(10 * time.Minute)
		w.lake.set(nil)
		w.fails.set(nil)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`})
		want(t, "archived", w.fails.raw(t), []string{`bad`})
	})
}

func TestWhatIsRefusedForGoodIsArchived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testStream("s")
		s.Destination.S3.Prefix = "s/!{partitionKeyFromQuery:k}/"
		s.PartitionBy = query(".k")
		w.lake.set(func(key string) (bool, error) {
			if strings.HasPrefix(key, "s/bad/") {
				return never(key)
			}
			return true, nil
		})
		w.mustOpen(t, s)
		defer w.close(t)
		w.mustAppend(t, "s", `{"k":"good","n":1}`, `{"k":"bad","n":2}`, `{"k":"bad"`, `{"n":3}`, `{"k":"bad","n":4}`)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"k":"good","n":1}`})
		want(t, "archived", w.fails.raw(t), []string{`{"k":"bad","n":2}`, `{"k":"bad"`, `{"n":3}`, `{"k":"bad","n":4}`})
		if got, want := w.records("s"), (Amounts{In: 5, Delivered: 1, Archived: 4}); got != want {
			t.Errorf("ledger = %+v, want %+v", got, want)
		}
		w.noLeftovers(t)
	})
}

func TestWhileTheErrorSinkIsDownNothingIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.fails.set(never) // even what can never work is retried: there is nowhere else to go
		w.mustOpen(t, testStream("s"), testStream("other"))
		defer w.close(t)
		w.mustAppend(t, "s", `{"n":1}`, `bad`)
		w.mustAppend(t, "other", `{"n":2}`)
		time.Sleep(time.Hour)
		if got := w.records("s"); got.Pending != 2 {
			t.Errorf("ledger while the error sink is down = %+v, want 2 pending", got)
		}
		if got := w.records("other"); got.Delivered != 1 {
			t.Errorf("ledger of the other stream = %+v, want 1 delivered", got)
		}
		w.fails.set(nil)
		w.flush(t)
		want(t, "archived", w.fails.raw(t), []string{`bad`})
	})
}

func TestPartitionsBecomeObjectsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testStream("s")
		s.Destination.S3.Prefix = "s/k=!{partitionKeyFromQuery:k}/"
		s.PartitionBy = query(".k")
		w.mustOpen(t, s)
		defer w.close(t)
		var sent []string
		for i := range 2000 { // more than may be open at once
			record := fmt.Sprintf(`{"k":"p%d","n":%d}`, i%500, i)
			sent = append(sent, record)
			w.mustAppend(t, "s", record)
		}
		w.flush(t)
		want(t, "delivered", w.lake.lines(), sent)
		for key, data := range w.lake.objects {
			k := strings.Split(strings.TrimPrefix(key, "s/k="), "/")[0]
			for line := range strings.Lines(string(data)) {
				if !strings.Contains(line, `"k":"`+k+`"`) {
					t.Fatalf("object %s holds %s", key, line)
				}
			}
		}
		w.noLeftovers(t)
	})
}

func TestAChangeAppliesToWhatHasNoPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		s := testStream("s")
		w.mustOpen(t, s)
		defer w.close(t)
		w.mustAppend(t, "s", `{"n":1}`)
		time.Sleep(2 * time.Minute) // it has a plan now
		w.mustAppend(t, "s", `{"n":2}`)
		s.Destination.S3 = &configs.S3{Bucket: "lake", Prefix: "new/!{timestamp:yyyy}/"}
		if err := w.hub.Change(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		w.lake.set(nil)
		w.flush(t)
		keys := w.lake.keys()
		if len(keys) != 2 || !strings.HasPrefix(keys[0], "new/2000/s-2-") || !strings.HasPrefix(keys[1], "s/dt=2000-01-01/s-1-") {
			t.Errorf("keys = %q, want the planned one under the old prefix and the other under the new", keys)
		}
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`, `{"n":2}`})
	})
}

// TestAChangeThatFailsLeavesTheOldConfigurationRunning, whatever of it failed.
func TestAChangeThatFailsLeavesTheOldConfigurationRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testStream("s")
		w.mustOpen(t, s)
		defer w.close(t)
		changed := s
		changed.Destination.S3 = &configs.S3{Bucket: "lake", Prefix: "new/"}
		w.disk.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return path.Base(op.Name) == historyFile+".tmp" }})
		if err := w.hub.Change(t.Context(), changed); err == nil {
			t.Fatal("a change that could not be recorded worked")
		}
		changed.Destination.S3 = nil
		if err := w.hub.Change(t.Context(), changed); err == nil {
			t.Fatal("a change to nowhere worked")
		}
		w.mustAppend(t, "s", `{"n":1}`)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`})
	})
}

// TestAStopFreesTheBudgetOfWhatWaits: its staged files count again when the
// stream is started.
func TestAStopFreesTheBudgetOfWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		w.mustAppend(t, "s", `{"n":1}`)
		time.Sleep(time.Hour) // it has a plan now
		if err := w.hub.Stop(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		if used := w.hub.options.Disk.Used(); used != 0 {
			t.Errorf("a stopped stream uses %d bytes of the budget, want 0", used)
		}
	})
}

func TestAStoppedStreamGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.lake.set(down)
		w.mustOpen(t, testStream("s"))
		w.mustAppend(t, "s", `{"n":1}`)
		time.Sleep(time.Hour)
		if err := w.hub.Stop(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		if err := w.append("s", `{"n":2}`); err == nil {
			t.Error("a stopped stream took a record")
		}
		w.close(t)
		w.lake.set(nil)
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		w.flush(t)
		want(t, "delivered", w.lake.lines(), []string{`{"n":1}`})
	})
}

func TestTwoDaemonsOnOneDirectory(t *testing.T) {
	w := newWorld()
	w.mustOpen(t)
	defer w.close(t)
	second := &world{disk: w.disk, lake: w.lake, fails: w.fails}
	if err := second.open(); !errors.Is(err, buffer.ErrLocked) {
		t.Errorf("second daemon = %v, want ErrLocked", err)
	}
}

// TestCrashAtEveryDiskOperation lets the first operation on the disk fail,
// then the second, and so on until a run meets no fault; each time the power
// is cut then, and a new daemon delivers what is there. Every acknowledged
// record must be in one place once, and none twice.
func TestCrashAtEveryDiskOperation(t *testing.T) {
	for _, partial := range []bool{false, true} {
		for n, met := 0, true; met; n++ {
			t.Run(fmt.Sprintf("operation %d, taking effect %v", n, partial), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { met = crashAt(t, n, partial) })
			})
		}
	}
}

func crashAt(t *testing.T, n int, took bool) (met bool) {
	w := newWorld()
	s := testStream("s")
	s.Buffer.Size = 64 // several segments
	w.disk.Fail(&buffertest.Fault{After: n, Took: took})
	acked := make(map[string]bool)
	var sent []string
	if err := w.open(s); err == nil {
		for i := range 6 {
			records := []string{fmt.Sprintf(`{"n":%d,"pad":"xxxxxxxxxxxxxxx"}`, i), fmt.Sprintf(`bad %d`, i)}
			sent = append(sent, records...)
			if err := w.append("s", records...); err == nil {
				acked[records[0]], acked[records[1]] = true, true
			}
			time.Sleep(time.Second)
		}
		met = w.disk.Met()
	} else {
		met = w.disk.Met()
	}
	disk := w.crash([]string{"plain", "torn"}[n%2], uint64(n))
	next := &world{disk: disk, lake: w.lake, fails: w.fails}
	next.mustOpen(t, s)
	defer next.close(t)
	next.flush(t)
	got := make(map[string]int)
	for _, r := range append(w.lake.lines(), w.fails.raw(t)...) {
		got[r]++
	}
	for _, r := range sent {
		if got[r] > 1 || acked[r] && got[r] != 1 {
			t.Errorf("%q (acknowledged: %v) was found %d times", r, acked[r], got[r])
		}
	}
	ledger := next.records("s")
	if found := int64(len(w.lake.lines()) + len(w.fails.raw(t))); ledger.In != found || ledger.Pending != 0 ||
		ledger.In != ledger.Delivered+ledger.Archived {
		t.Errorf("ledger = %+v, but %d records were found", ledger, found)
	}
	next.noLeftovers(t)
	return met
}

// TestALargeArchiveIsCompressed: entries of small records are many times as
// large as the records, and would take the disk that the budget promises.
func TestALargeArchiveIsCompressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, testStream("s"))
		defer w.close(t)
		const n = 60_000
		records := make([]string, n)
		for i := range records {
			records[i] = fmt.Sprintf("x%d", i)
		}
		w.mustAppend(t, "s", records...)
		w.flush(t)
		keys := w.fails.keys()
		if len(keys) != 1 || !strings.HasSuffix(keys[0], ".ndjson.gz") {
			t.Fatalf("archive objects %q, want one that ends with .ndjson.gz", keys)
		}
		if size := len(w.fails.objects[keys[0]]); size > 4<<20 {
			t.Errorf("the object has %d bytes, want much less than its entries", size)
		}
		z, err := gzip.NewReader(bytes.NewReader(w.fails.objects[keys[0]]))
		if err != nil {
			t.Fatal(err)
		}
		if w.fails.objects[keys[0]], err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
		want(t, "archived", w.fails.raw(t), records)
		w.noLeftovers(t)
	})
}
