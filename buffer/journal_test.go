package buffer_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

func entries(t testing.TB, fs buffer.FS) (all []string) {
	t.Helper()
	err := buffer.ReadJournal(fs, "j", func(_ time.Time, payload func() ([]byte, error)) error {
		b, err := payload()
		if err == nil {
			all = append(all, string(b))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func openJournal(t testing.TB, fs buffer.FS, limits buffer.JournalLimits) *buffer.Journal {
	t.Helper()
	j, err := buffer.OpenJournal(fs, "j", limits)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

var roomy = buffer.JournalLimits{MaxAge: time.Hour, MaxBytes: 1 << 20}

// Whatever operation fails, and the power goes: what was acknowledged is read,
// in order, and nothing is read that was not appended.
func TestAJournalKeepsWhatItAcknowledged(t *testing.T) {
	for n := 0; ; n++ {
		fs := newFS()
		fs.Fail(&buffertest.Fault{After: n})
		var acked []string
		if j, err := buffer.OpenJournal(fs, "j", roomy); err == nil {
			for i := range 4 {
				if j.Append(time.Now(), fmt.Append(nil, "entry", i)) == nil {
					acked = append(acked, fmt.Sprint("entry", i))
				}
			}
		}
		crashed := fs.Crash()
		got := entries(t, crashed)
		for _, want := range acked {
			if !slices.Contains(got, want) {
				t.Errorf("fault %d: %q is gone, got %q", n, want, got)
			}
		}
		if !slices.IsSorted(got) || len(got) > 4 {
			t.Errorf("fault %d: got %q", n, got)
		}
		j := openJournal(t, crashed, roomy)
		if err := j.Append(time.Now(), []byte("later")); err != nil {
			t.Errorf("fault %d: append after a crash: %v", n, err)
		}
		if all := entries(t, crashed); len(all) != len(got)+1 || all[len(got)] != "later" {
			t.Errorf("fault %d: got %q after another append, want it last", n, all)
		}
		if !fs.Met() {
			return
		}
	}
}

func TestAJournalForgetsWhatIsOldOrTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newFS()
		j := openJournal(t, fs, buffer.JournalLimits{MaxAge: time.Hour, MaxBytes: 1 << 20})
		for i := range 100 {
			if err := j.Append(time.Now(), append(fmt.Append(nil, i, " "), make([]byte, 60_000)...)); err != nil {
				t.Fatal(err)
			}
		}
		if size := j.Size(); size > 1<<20+128<<10 || size < 1<<19 {
			t.Errorf("got %d bytes, want about a mebibyte", size)
		}
		if got := entries(t, fs); len(got) < 8 || got[len(got)-1][:2] != "99" {
			t.Errorf("got %d entries, want the newest", len(got))
		}
		time.Sleep(2 * time.Hour)
		if err := j.Append(time.Now(), []byte("new")); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		openJournal(t, fs, roomy)
		if got := entries(t, fs); len(got) != 0 {
			t.Errorf("got %d entries after their time, want none", len(got))
		}
	})
}

func TestAJournalEndsAFileAtDamage(t *testing.T) {
	fs := newFS()
	j := openJournal(t, fs, roomy)
	for i := range 3 {
		if err := j.Append(time.Now(), fmt.Append(nil, "entry", i)); err != nil {
			t.Fatal(err)
		}
	}
	file := fs.Names()[0]
	b, err := fs.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		torn := newFS()
		torn.WriteFile(file, b[:n])
		if got := entries(t, torn); len(got) > 2 {
			t.Errorf("cut at %d: got %q", n, got)
		}
		spoilt := newFS()
		spoilt.WriteFile(file, flip(n)(slices.Clone(b)))
		err := buffer.ReadJournal(spoilt, "j", func(_ time.Time, payload func() ([]byte, error)) error {
			_, err := payload()
			return err
		})
		if err != nil {
			t.Errorf("flip at %d: %v", n, err)
		}
	}
}
