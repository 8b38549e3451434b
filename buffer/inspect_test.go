package buffer_test

import (
	"errors"
	"testing"

	"hydrant/buffer"
)

func TestInspectShowsADirectoryAndChangesNothing(t *testing.T) {
	for _, tt := range damages {
		fs, b := image(t, tt.sealed)
		fs.WriteFile(firstName, tt.damage(b))
		before := snapshot(t, fs)
		stored, err := buffer.Inspect(fs, dir)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: Inspect: %v, want %v", tt.name, err, tt.err)
		}
		if err != nil {
			continue
		}
		if len(stored) != 1 || stored[0].Path != firstName || stored[0].Info().Seq != 1 {
			t.Fatalf("%s: %+v, want the one segment", tt.name, stored)
		}
		got := read(t, stored[0].Segment)
		if len(got.records) != tt.read {
			t.Errorf("%s: read %d records, want %d", tt.name, len(got.records), tt.read)
		}
		if got, want := got.counts(), counts(stored[0].Segment); got != want {
			t.Errorf("%s: read and lost %+v, the segment holds %+v", tt.name, got, want)
		}
		if after := snapshot(t, fs); after != before {
			t.Errorf("%s: Inspect changed the disk", tt.name)
		}
	}
}

func TestInspectTellsWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		name         string
		sealed, lost bool
		torn         int64
		damage       func([]byte) []byte
	}{
		{"sealed", true, false, 0, cut(0)},
		{"open", false, false, 0, cut(0)},
		{"torn", false, false, frameSize - 1, cut(1)},
		{"lost", false, true, 0, flip(3)},
	} {
		fs, b := image(t, tt.sealed)
		fs.WriteFile(firstName, tt.damage(b))
		stored, err := buffer.Inspect(fs, dir)
		if err != nil || len(stored) != 1 {
			t.Fatalf("%s: Inspect: %+v, %v", tt.name, stored, err)
		}
		if s := stored[0]; s.Sealed != tt.sealed || s.Lost != tt.lost || s.Torn != tt.torn {
			t.Errorf("%s: sealed %t, lost %t, torn %d bytes", tt.name, s.Sealed, s.Lost, s.Torn)
		}
	}
}
