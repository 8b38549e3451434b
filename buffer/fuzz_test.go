package buffer_test

import (
	"runtime"
	"slices"
	"testing"

	"hydrant/buffer"
)

// Whatever bytes are in the place of a segment: Open does not panic and takes
// no more memory than the file justifies, what it accepts can be read, and a
// reading accounts for every record that the segment is said to hold.
func FuzzRecovery(f *testing.F) {
	for _, d := range damages {
		_, b := image(f, d.sealed)
		f.Add(d.damage(b), false)
		f.Add(d.damage(b), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, fix bool) {
		if fix { // so that nonsense gets past the checksums
			b = slices.Clone(b)
			buffer.FixSums(b)
		}
		fs := newFS()
		fs.WriteFile(firstName, b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l, err := buffer.Open(fs, dir, withKeys(options()))
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20+20*uint64(len(b)) {
			t.Errorf("Open of %d bytes allocated %d", len(b), got)
		}
		if err != nil {
			return
		}
		var first [][]string
		for _, c := range handOutAll(t, l) {
			first = append(first, c.records)
		}
		l = open(t, fs.Crash(), options())
		for i, c := range handOutAll(t, l) {
			if i >= len(first) || !slices.Equal(c.records, first[i]) {
				t.Errorf("segment %d: read %q after a restart, %q before", i, c.records, first)
			}
		}
	})
}

func handOutAll(t *testing.T, l *buffer.Log) (all []content) {
	t.Helper()
	n, _ := l.Consumer(name).Backlog()
	for range n {
		s := next(t, l)
		c := read(t, s)
		if got, want := c.counts(), counts(s); got != want {
			t.Errorf("read and lost %+v, the segment holds %+v", got, want)
		}
		all = append(all, c)
	}
	checkBalance(t, l.Consumer(name))
	return all
}

// Whatever bytes are in the place of the ledger: what Open accepts balances,
// and is the same at the next start.
func FuzzLedger(f *testing.F) {
	fs := newFS()
	l := open(f, fs, eager())
	add(f, l, "a")
	done(f, l, next(f, l))
	b, err := fs.ReadFile(ledgerFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(cut(3)(slices.Clone(b)))
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := newFS()
		fs.WriteFile(ledgerFile, b)
		l, err := buffer.Open(fs, dir, options())
		if err != nil {
			return
		}
		want := l.Consumer(name).Ledger()
		l = open(t, fs.Crash(), options())
		if got := l.Consumer(name).Ledger(); got != want {
			t.Errorf("ledger %+v after a restart, %+v before", got, want)
		}
	})
}

func FuzzParseIDs(f *testing.F) {
	f.Add("01890a5d-ac96-774b-bcce-b302099a8057")
	f.Add(buffer.RecordID{Segment: buffer.SegmentID{1}, Offset: 64, Index: 3}.String())
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := buffer.ParseSegmentID(s); err == nil && id.String() != s {
			t.Errorf("ParseSegmentID(%q) is %s", s, id)
		}
		if id, err := buffer.ParseRecordID(s); err == nil && id.String() != s {
			t.Errorf("ParseRecordID(%q) is %s", s, id)
		}
	})
}
