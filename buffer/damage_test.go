package buffer_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

// The image that the damage tests start from: four frames of two records of
// ten bytes.
const (
	frameSize  = buffer.FrameHeaderSize + 2*(4+10)
	firstName  = dir + "/00000000000000000001.seg"
	allRecords = 8
)

func frameAt(i int) int { return buffer.HeaderSize + i*frameSize }

func imageRecord(i int) string { return fmt.Sprintf("record-%03d", i) }

// image returns a disk with one segment, and the segment's bytes.
func image(t testing.TB, sealed bool) (*buffertest.FS, []byte) {
	t.Helper()
	fs := newFS()
	l := open(t, fs, options())
	for i := range 4 {
		add(t, l, imageRecord(2*i), imageRecord(2*i+1))
	}
	if sealed {
		seal(t, l)
	}
	fs = fs.Kill()
	b, err := fs.ReadFile(firstName)
	if err != nil {
		t.Fatal(err)
	}
	return fs, b
}

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 0x10
		return b
	}
}

func flips(at ...int) func([]byte) []byte {
	return func(b []byte) []byte {
		for _, i := range at {
			b = flip(i)(b)
		}
		return b
	}
}

func zero(from, to int) func([]byte) []byte {
	return func(b []byte) []byte { clear(b[from:to]); return b }
}

func cut(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }

func attach(more string) func([]byte) []byte {
	return func(b []byte) []byte { return append(b, more...) }
}

func newer(at, size int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		binary.LittleEndian.PutUint32(b[at+8:], 2)
		buffer.PutSum(b[at : at+size])
		return b
	}
}

var damages = []struct {
	name   string
	sealed bool
	damage func([]byte) []byte
	read   int // records that come back
	lost   int // records that are told to be lost
	kept   int // places in quarantine after a reading
	err    error
}{
	{name: "open, whole", damage: cut(0), read: 8},
	{name: "open, last frame without its last byte", damage: cut(1), read: 6},
	{name: "open, last frame without its payload", damage: cut(28), read: 6},
	{name: "open, half a frame header", damage: cut(frameSize - 20), read: 6},
	{name: "open, zeros behind", damage: attach(strings.Repeat("\x00", 5000)), read: 8},
	{name: "open, garbage behind", damage: attach(strings.Repeat("garbage", 500)), read: 8},
	{name: "open, bit rot or power cut in the last frame", damage: flip(-1), read: 6, kept: 1},
	{name: "open, last frame's header", damage: flip(frameAt(3)), read: 6},
	{name: "open, payload inside", damage: flip(frameAt(1) + 50), read: 6, lost: 2, kept: 1},
	{name: "open, header inside", damage: flip(frameAt(1) + 5), read: 6, lost: 2, kept: 1},
	{name: "open, two frames in a row", damage: flips(frameAt(1)+50, frameAt(2)), read: 4, lost: 4, kept: 1},
	{name: "open, two frames apart", damage: flips(frameAt(0), frameAt(2)), read: 4, lost: 4, kept: 2},
	{name: "open, inside and torn", damage: func(b []byte) []byte { return cut(1)(flip(frameAt(1))(b)) }, read: 4, lost: 2, kept: 1},
	{name: "open, all frames but the last zero", damage: zero(frameAt(0), frameAt(3)), read: 2, lost: 6, kept: 1},
	{name: "open, all frames zero", damage: zero(frameAt(0), frameAt(4))},
	{name: "open, segment header", damage: flip(20), lost: 8, kept: 1},
	{name: "open, segment header and the first frame", damage: flips(20, frameAt(0)), lost: 8, kept: 1},
	{name: "open, nothing but half a segment header", damage: func(b []byte) []byte { return b[:30] }},
	{name: "open, nothing but a damaged segment header", damage: func(b []byte) []byte { return flip(3)(b[:64]) }, kept: 1},
	{name: "open, nothing but a segment header", damage: func(b []byte) []byte { return b[:64] }},
	{name: "open, empty file", damage: func(b []byte) []byte { return nil }},
	{name: "open, all zero", damage: func(b []byte) []byte { clear(b); return b }},
	{name: "open, newer release", damage: newer(0, buffer.HeaderSize), err: buffer.ErrVersion},

	{name: "sealed, whole", sealed: true, damage: cut(0), read: 8},
	{name: "sealed, header", sealed: true, damage: flip(20), read: 8},
	{name: "sealed, footer", sealed: true, damage: flip(-20), read: 8},
	{name: "sealed, half a footer", sealed: true, damage: cut(40), read: 8},
	{name: "sealed, header and footer", sealed: true, damage: flips(20, -20), lost: 8, kept: 1},
	{name: "sealed, payload inside", sealed: true, damage: flip(frameAt(1) + 50), read: 6, lost: 2, kept: 1},
	{name: "sealed, last payload", sealed: true, damage: flip(frameAt(4) - 1), read: 6, lost: 2, kept: 1},
	{name: "sealed, last frame header", sealed: true, damage: flip(frameAt(3) + 9), read: 6, lost: 2, kept: 1},
	{name: "sealed, length that reaches beyond the end", sealed: true, damage: flip(frameAt(3) + 6), read: 6, lost: 2, kept: 1},
	{name: "sealed, all frames", sealed: true, damage: zero(frameAt(0), frameAt(4)), lost: 8, kept: 1},
	{name: "sealed, newer footer", sealed: true, damage: newer(-buffer.FooterSize, buffer.FooterSize), err: buffer.ErrVersion},
	{name: "sealed, newer release", sealed: true, damage: newer(0, buffer.HeaderSize), err: buffer.ErrVersion},
}

func TestDamageIsCutOrToldAndTheRestIsRead(t *testing.T) {
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			fs, b := image(t, tt.sealed)
			fs.WriteFile(firstName, tt.damage(b))
			l, err := buffer.Open(fs, dir, options())
			if !errors.Is(err, tt.err) {
				t.Fatalf("Open: %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			checkDamaged(t, l, tt.read, tt.lost)
			if got := quarantined(t, fs); len(got) != tt.kept {
				t.Errorf("%d places in quarantine, want %d: %+v", len(got), tt.kept, got)
			}

			// Another start and another reading see the same, and keep nothing twice.
			l = open(t, fs.Kill(), options())
			checkDamaged(t, l, tt.read, tt.lost)
			if got := quarantined(t, fs); len(got) != tt.kept {
				t.Errorf("after a restart: %d places in quarantine, want %d: %+v", len(got), tt.kept, got)
			}
		})
	}
}

// checkDamaged reads the log's only segment, if it holds anything.
func checkDamaged(t *testing.T, l *buffer.Log, readable, lost int) {
	t.Helper()
	c := l.Consumer(name)
	if got, want := checkBalance(t, c).Pending.Records, int64(readable+lost); got != want {
		t.Errorf("%d records are pending, want %d", got, want)
	}
	if readable+lost == 0 {
		if n, _ := c.Backlog(); n != 0 {
			t.Errorf("%d segments are pending, want none", n)
		}
		return
	}
	s := next(t, l)
	for range 2 {
		got := read(t, s)
		if len(got.records) != readable {
			t.Errorf("read %d records, want %d: %q", len(got.records), readable, got.records)
		}
		if got, want := got.counts(), counts(s); got != want {
			t.Errorf("read and lost %+v, the segment holds %+v", got, want)
		}
		if !isPart(got.records) {
			t.Errorf("read %q, which is not what was appended", got.records)
		}
		for _, d := range got.damage {
			if d.Raw == "" {
				t.Errorf("damage at %d is not in quarantine", d.Offset)
			}
		}
	}
}

// isPart says whether r are records of the image in their order.
func isPart(r []string) bool {
	return slices.IsSorted(r) && !slices.ContainsFunc(r, func(s string) bool {
		var i int
		_, err := fmt.Sscanf(s, "record-%03d", &i)
		return err != nil || i >= allRecords || s != imageRecord(i)
	})
}

// quarantined returns the reports in quarantine, and checks the copies.
func quarantined(t *testing.T, fs *buffertest.FS) (reports []map[string]any) {
	t.Helper()
	for _, n := range fs.Names() {
		if path.Dir(n) != dir+"/quarantine" || path.Ext(n) != ".json" {
			continue
		}
		b, err := fs.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		var report map[string]any
		if err := json.Unmarshal(b, &report); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		raw, err := fs.ReadFile(strings.TrimSuffix(n, ".json") + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(raw), int(report["size"].(float64)); got != want {
			t.Errorf("%s: %d bytes were kept, the report says %d", n, got, want)
		}
		reports = append(reports, report)
	}
	return reports
}

func TestANewerReleaseLeavesEverythingUntouched(t *testing.T) {
	fs, b := image(t, false)
	fs.WriteFile(firstName, cut(5)(b)) // recovery would cut this
	second := slices.Clone(b)
	binary.LittleEndian.PutUint64(second[32:], 2)
	fs.WriteFile(dir+"/00000000000000000002.seg", newer(0, buffer.HeaderSize)(second))
	fs.WriteFile(dir+"/ledger.tmp", []byte("half"))
	before := snapshot(t, fs)
	if _, err := buffer.Open(fs, dir, options()); !errors.Is(err, buffer.ErrVersion) {
		t.Errorf("Open: %v, want ErrVersion", err)
	}
	if after := snapshot(t, fs); after != before {
		t.Errorf("Open changed the disk:\n%s\nbefore:\n%s", after, before)
	}
}

func snapshot(t *testing.T, fs *buffertest.FS) string {
	t.Helper()
	var all strings.Builder
	for _, n := range fs.Names() {
		b, err := fs.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %x\n", n, b)
	}
	return all.String()
}

func TestALostSegmentIsArchivedLikeAnyOther(t *testing.T) {
	fs, b := image(t, true)
	fs.WriteFile(firstName, flips(20, -20)(b))
	l := open(t, fs, options())
	s := next(t, l)
	read(t, s)
	if err := l.Consumer(name).Done(s, buffer.Outcome{In: counts(s), Archived: counts(s)}); err != nil {
		t.Fatalf("Done: %v", err)
	}
	if got := checkBalance(t, l.Consumer(name)); got.Archived.Records != allRecords {
		t.Errorf("archived %d records, want %d", got.Archived.Records, allRecords)
	}
	if len(quarantined(t, fs)) != 1 {
		t.Error("the file is not in quarantine")
	}
}

// The copies in quarantine are named by the number of their segment.
func TestANumberThatOnlyQuarantineRemembersIsNotUsedAgain(t *testing.T) {
	fs := newFS()
	l := open(t, fs, options())
	add(t, l, "x")
	fs.WriteFile(firstName, flip(-1)(mustRead(t, fs, firstName)))
	open(t, fs, options()) // nothing is left of the segment but its copy
	if got := quarantined(t, fs); len(got) != 1 {
		t.Fatalf("%d places in quarantine, want 1", len(got))
	}
	l = open(t, fs, eager())
	add(t, l, "y")
	if got := next(t, l).Info().Seq; got != 2 {
		t.Errorf("the next segment has number %d, want 2", got)
	}
}

// After a power cut a file may end in blocks of one that was deleted.
func TestAStaleFrameOfAnotherSegmentIsNotTaken(t *testing.T) {
	_, stale := image(t, false)
	fs, b := image(t, false)
	fs.WriteFile(firstName, append(b[:frameAt(2)], stale[frameAt(2):]...))
	got := read(t, next(t, open(t, fs, options())))
	if len(got.records) != 4 || len(got.damage) != 0 {
		t.Errorf("read %q and %d damages, want the first 4 records", got.records, len(got.damage))
	}
}

// A record may hold a piece of a segment file; it is not taken for a frame.
func TestAFrameInsideARecordIsNotAFrame(t *testing.T) {
	_, b := image(t, false)
	fs := newFS()
	l := open(t, fs, options())
	add(t, l, "one")
	add(t, l, string(b))
	add(t, l, "three")
	fs = fs.Kill()
	b, err := fs.ReadFile(firstName)
	if err != nil {
		t.Fatal(err)
	}
	second := buffer.HeaderSize + buffer.FrameHeaderSize + 4 + 3
	fs.WriteFile(firstName, flip(second)(b)) // its header: the search goes through the record
	l = open(t, fs, options())
	got := read(t, next(t, l))
	if want := []string{"one", "three"}; !slices.Equal(got.records, want) {
		t.Errorf("read %q, want %q", got.records, want)
	}
	if len(got.damage) != 1 || got.damage[0].Records != 1 {
		t.Errorf("damage %+v, want one record lost", got.damage)
	}
}

func TestAReadErrorIsNotDamage(t *testing.T) {
	fs, _ := image(t, true)
	l := open(t, fs, options())
	s := next(t, l)
	r, err := s.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fs.Fail(&buffertest.Fault{})
	if _, err := r.Next(); err == nil || errors.Is(err, buffer.ErrCorrupt) {
		t.Errorf("Next on a failing disk: %v, want the disk's error", err)
	}
	fs.Fail(nil)
	got, err := r.Next()
	if err != nil || len(got) != 2 {
		t.Errorf("Next on the healed disk: %d records, %v; want 2", len(got), err)
	}
}
