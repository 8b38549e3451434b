package buffer_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

const ledgerFile = dir + "/ledger"

func eager() buffer.Options {
	o := options()
	o.Interval = 0 // each append is a segment
	return o
}

func TestDoneRefusesAnOutcomeThatDoesNotAddUp(t *testing.T) {
	l := open(t, newFS(), eager())
	add(t, l, "0123456789", "0123456789")
	s := next(t, l)
	two, one, none := counts(s), buffer.Counts{Records: 1, Bytes: 10}, buffer.Counts{}
	for _, tt := range []struct {
		name string
		o    buffer.Outcome
		ok   bool
	}{
		{"nothing at all", buffer.Outcome{}, false},
		{"a record is missing", buffer.Outcome{In: two, Delivered: one}, false},
		{"bytes are missing", buffer.Outcome{In: two, Delivered: buffer.Counts{Records: 2, Bytes: 19}}, false},
		{"a record too many", buffer.Outcome{In: two, Delivered: two, Dropped: one}, false},
		{"less than the segment holds", buffer.Outcome{In: one, Delivered: one}, false},
		{"negative", buffer.Outcome{In: two, Delivered: buffer.Counts{Records: 3, Bytes: 30}, Dropped: buffer.Counts{Records: -1, Bytes: -10}}, false},
		{"split without rows", buffer.Outcome{In: two, Split: one, Delivered: two}, false},
		{"each kind", buffer.Outcome{In: two, Split: one, Delivered: one, Archived: one, Dropped: one}, true},
	} {
		err := l.Consumer(name).Done(s, tt.o)
		if got := err == nil; got != tt.ok {
			t.Errorf("%s: Done: %v, want accepted = %t", tt.name, err, tt.ok)
		}
	}
	if err := l.Consumer(name).Done(s, delivered(s)); err == nil {
		t.Error("a second Done of the same segment was accepted")
	}
	want := buffer.Ledger{Outcome: buffer.Outcome{In: two, Split: one, Delivered: one, Archived: one, Dropped: one}, Pending: none}
	if got := checkBalance(t, l.Consumer(name)); got != want {
		t.Errorf("ledger %+v, want %+v", got, want)
	}
}

func TestDoneNeedsASegmentThatWasHandedOut(t *testing.T) {
	l := open(t, newFS(), eager())
	add(t, l, "x")
	s := next(t, l)
	l.Consumer(name).Return(s)
	if err := l.Consumer(name).Done(s, delivered(s)); err == nil {
		t.Error("Done of a returned segment was accepted")
	}
}

func TestTheLedgerSurvivesAPowerCut(t *testing.T) {
	fs := newFS()
	l := open(t, fs, eager())
	for range 3 {
		add(t, l, "x")
	}
	done(t, l, next(t, l))
	done(t, l, next(t, l))
	want := checkBalance(t, l.Consumer(name))
	l = open(t, fs.Crash(), eager())
	if got := checkBalance(t, l.Consumer(name)); got != want {
		t.Errorf("ledger after a power cut: %+v, want %+v", got, want)
	}
	if p := add(t, l, "y"); p.Segment == (buffer.SegmentID{}) {
		t.Error("no segment")
	}
	next(t, l)
	if got, want := next(t, l).Info().Seq, uint64(4); got != want {
		t.Errorf("the segment after the restart has number %d, want %d", got, want)
	}
}

// The numbers of segments go on even when no file is left to tell them.
func TestNumbersAreNotUsedAgain(t *testing.T) {
	fs := newFS()
	l := open(t, fs, eager())
	first := add(t, l, "x")
	done(t, l, next(t, l))
	l = open(t, fs.Crash(), eager())
	second := add(t, l, "x")
	if got := next(t, l).Info().Seq; got != 2 {
		t.Errorf("second segment has number %d, want 2", got)
	}
	if second.Segment.String() <= first.Segment.String() {
		t.Errorf("segment ids %s, then %s", first.Segment, second.Segment)
	}
}

func TestASegmentStaysUntilAllConsumersAreDone(t *testing.T) {
	fs := newFS()
	o := eager()
	o.Consumers = []string{name, "search"}
	l := open(t, fs, o)
	add(t, l, "a")
	add(t, l, "b")
	done(t, l, next(t, l))
	if _, err := fs.ReadFile(firstName); err != nil {
		t.Fatalf("the segment is gone though search has not done it: %v", err)
	}

	fs = fs.Crash() // each consumer's cursor survives
	l = open(t, fs, o)
	if got, want := read(t, next(t, l)).records, []string{"b"}; !slices.Equal(got, want) {
		t.Errorf("s3 goes on with %q, want %q", got, want)
	}
	search := l.Consumer("search")
	s, err := search.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, s).records, []string{"a"}; !slices.Equal(got, want) {
		t.Errorf("search goes on with %q, want %q", got, want)
	}
	if err := search.Done(s, buffer.Outcome{In: counts(s), Dropped: counts(s)}); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(firstName); err == nil {
		t.Error("the segment is there though all have done it")
	}
	if got := checkBalance(t, search); got.Dropped.Records != 1 || got.Pending.Records != 1 || got.Delivered.Records != 0 {
		t.Errorf("search's ledger: %+v", got)
	}
}

func TestConsumersComeAndGo(t *testing.T) {
	fs := newFS()
	o := eager()
	o.Consumers = []string{name, "slow"}
	l := open(t, fs, o)
	add(t, l, "a")
	add(t, l, "b")
	done(t, l, next(t, l))
	closeLog(t, l)

	l = open(t, fs, eager()) // slow is removed, and new has not come
	if _, err := fs.ReadFile(firstName); err == nil {
		t.Error("a removed consumer holds a segment back")
	}
	closeLog(t, l)

	o.Consumers = []string{name, "new"}
	l = open(t, fs, o)
	if got := checkBalance(t, l.Consumer("new")); got.In.Records != 1 || got.Pending.Records != 1 {
		t.Errorf("a new consumer begins with %+v, want the one segment that is there", got)
	}
	if got := checkBalance(t, l.Consumer(name)); got.In.Records != 2 || got.Delivered.Records != 1 {
		t.Errorf("the old consumer's ledger: %+v", got)
	}
}

func TestOpenRefusesConsumersThatMakeNoSense(t *testing.T) {
	for _, names := range [][]string{nil, {""}, {"a", "a"}, {strings.Repeat("x", 257)}} {
		o := options()
		o.Consumers = names
		if _, err := buffer.Open(newFS(), dir, o); err == nil {
			t.Errorf("consumers %.20q: no error", names)
		}
	}
	if c := open(t, newFS(), options()).Consumer("unknown"); c != nil {
		t.Errorf("Consumer of an unknown name: %v, want nil", c)
	}
}

func TestADamagedLedgerIsCutAtTheEndAndRefusedInside(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func([]byte) []byte
		err    error
		done   int64 // records that are delivered according to what is left
	}{
		{"whole", cut(0), nil, 2},
		{"last line torn", cut(5), nil, 1},
		{"last line without its end", cut(1), nil, 1},
		{"last line damaged", flip(-30), nil, 1},
		{"zeros behind", attach("\x00\x00\x00"), nil, 2},
		{"half a line behind", attach(`12345678 {"kind":"do`), nil, 2},
		{"damaged inside", func(b []byte) []byte { return flip(bytes.IndexByte(b, '\n') + 100)(b) }, buffer.ErrCorrupt, 0},
		{"first line damaged", flip(20), buffer.ErrCorrupt, 0},
		{"cut in what was written at once", func(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')+20] }, buffer.ErrCorrupt, 0},
		{"empty", func(b []byte) []byte { return nil }, buffer.ErrCorrupt, 0},
		{"a very long line", attach(strings.Repeat("x", 1<<20)), buffer.ErrCorrupt, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := newFS()
			o := eager()
			o.Consumers = []string{name, "slow"} // keeps the files
			l := open(t, fs, o)
			add(t, l, "a")
			add(t, l, "b")
			done(t, l, next(t, l))
			done(t, l, next(t, l))
			fs.WriteFile(ledgerFile, tt.damage(mustRead(t, fs, ledgerFile)))
			before := snapshot(t, fs)
			l, err := buffer.Open(fs, dir, o)
			if !errors.Is(err, tt.err) {
				t.Fatalf("Open: %v, want %v", err, tt.err)
			}
			if err != nil {
				if after := snapshot(t, fs); after != before {
					t.Error("Open changed the disk")
				}
				return
			}
			got := checkBalance(t, l.Consumer(name))
			if got.Delivered.Records != tt.done || got.In.Records != 2 {
				t.Errorf("ledger %+v, want %d delivered of 2", got, tt.done)
			}
			drain(t, l)
			l = open(t, fs.Crash(), o)
			if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != 2 || got.In.Records != 2 {
				t.Errorf("ledger after the rest is delivered: %+v", got)
			}
		})
	}
}

func TestALedgerOfANewerReleaseIsRefused(t *testing.T) {
	fs := newFS()
	l := open(t, fs, eager())
	closeLog(t, l)
	text := `{"kind":"start","version":2,"something":"new"}`
	sum := crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli))
	fs.WriteFile(ledgerFile, fmt.Appendf(nil, "%08x %s\n", sum, text))
	_, err := buffer.Open(fs, dir, eager())
	if !errors.Is(err, buffer.ErrVersion) {
		t.Errorf("Open: %v, want ErrVersion", err)
	}
}

func TestALedgerThatFailedOnceIsWrittenAnew(t *testing.T) {
	for kind, took := range map[string]bool{"sync": false, "write": false, "edit": false, "sync took": true} {
		t.Run(kind, func(t *testing.T) {
			fs := newFS()
			l := open(t, fs, eager())
			for range 3 {
				add(t, l, "x")
			}
			done(t, l, next(t, l))
			s := next(t, l)
			fs.Fail(&buffertest.Fault{Took: took, Only: func(op buffertest.Op) bool {
				return op.Kind == strings.TrimSuffix(kind, " took") && op.Name == ledgerFile
			}})
			if err := l.Consumer(name).Done(s, delivered(s)); err == nil {
				t.Fatal("Done on a failing disk returned nil")
			}
			if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != 1 {
				t.Errorf("ledger after a failed Done: %+v, want 1 delivered", got)
			}
			done(t, l, s)
			done(t, l, next(t, l))
			for what, l := range map[string]*buffer.Log{"running": l, "restarted": open(t, fs.Crash(), eager())} {
				if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != 3 || got.In.Records != 3 {
					t.Errorf("%s: ledger %+v, want 3 delivered", what, got)
				}
			}
		})
	}
}

// A rename that no sync of the directory has confirmed may be undone by a
// crash, and with it every line that was appended since.
func TestALedgerThatMayBeUndoneIsNotAppendedTo(t *testing.T) {
	fs := newFS()
	l := open(t, fs, eager())
	add(t, l, "x")
	s := next(t, l)
	fail := func(kind string) {
		t.Helper()
		fs.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return op.Kind == kind }})
		if err := l.Consumer(name).Done(s, delivered(s)); err == nil {
			t.Fatalf("Done with a failing %s returned nil", kind)
		}
	}
	fail("edit")    // the ledger is written anew from here on
	fail("syncdir") // that is done, but for the directory
	fs.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return op.Kind == "remove" && op.Name == firstName }})
	done(t, l, s) // nothing after the ledger syncs the directory
	l = open(t, fs.Crash(), eager())
	if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != 1 || got.Pending.Records != 0 {
		t.Errorf("ledger after a power cut: %+v, want 1 delivered", got)
	}
}

func TestTheLedgerStaysShort(t *testing.T) {
	fs := newFS()
	o := eager()
	o.Consumers = []string{name, "slow"} // its segments stay, and so do their marks
	l := open(t, fs, o)
	var most int
	const segments = 4000
	for i := range segments {
		add(t, l, "x")
		done(t, l, next(t, l))
		if i%100 == 0 {
			most = max(most, len(mustRead(t, fs, ledgerFile)))
		}
	}
	if most < buffer.CompactLedger*9/10 {
		t.Fatalf("the ledger had at most %d bytes: this test does not reach the limit", most)
	}
	if now := len(mustRead(t, fs, ledgerFile)); now >= most {
		t.Errorf("the ledger has %d bytes after %d segments, and had at most %d", now, segments, most)
	}
	l = open(t, fs.Crash(), o)
	if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != segments || got.In.Records != segments {
		t.Errorf("ledger: %+v, want %d delivered", got, segments)
	}
	if got := checkBalance(t, l.Consumer("slow")); got.Pending.Records != segments {
		t.Errorf("slow's ledger: %+v, want %d pending", got, segments)
	}
}

func TestASegmentThatCannotBeDeletedIsNotDeliveredAgain(t *testing.T) {
	for _, kind := range []string{"remove", "syncdir"} {
		t.Run(kind, func(t *testing.T) {
			fs := newFS()
			o := eager()
			o.Disk = buffer.NewDisk(0)
			l := open(t, fs, o)
			add(t, l, "a")
			add(t, l, "b")
			s := next(t, l)
			fs.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return op.Kind == kind }})
			done(t, l, s)
			restarted := open(t, fs.Crash(), eager())
			if got := checkBalance(t, restarted.Consumer(name)); got.Delivered.Records != 1 || got.Pending.Records != 1 {
				t.Errorf("after a crash: ledger %+v, want 1 delivered and 1 pending", got)
			}
			done(t, l, next(t, l))
			if names := fs.Names(); slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".seg") }) {
				t.Errorf("segments are left: %q", names)
			}
			if got := o.Disk.Used(); got != 0 {
				t.Errorf("%d bytes of the budget are in use", got)
			}
		})
	}
}

func TestTheLedgerBalancesAtEveryMoment(t *testing.T) {
	o := options()
	o.Size = 100
	l := open(t, newFS(), o)
	stop := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for last := int64(0); ; {
			got := checkBalance(t, l.Consumer(name))
			if got.In.Records < last {
				t.Errorf("in went from %d to %d", last, got.In.Records)
			}
			last = got.In.Records
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	for i := range 300 {
		add(t, l, fmt.Sprintf("record-%06d", i))
		if i%20 == 19 {
			drain(t, l)
		}
	}
	close(stop)
	<-watched
}
