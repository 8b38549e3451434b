package buffer_test

import (
	"slices"
	"testing"

	"hydrant/buffer"
)

func TestAcknowledgedRecordsSurviveAPowerCut(t *testing.T) {
	fs := newFS()
	l := open(t, fs, options())
	add(t, l, "a", "bb")
	p := add(t, l, "ccc")

	l = open(t, fs.Crash(), options())
	s := next(t, l)
	if got, want := s.Info().ID, p.Segment; got != want {
		t.Errorf("segment is %s, appended to %s", got, want)
	}
	got := read(t, s)
	if want := []string{"a", "bb", "ccc"}; !slices.Equal(got.records, want) {
		t.Errorf("read %q, want %q", got.records, want)
	}
	if want := (buffer.RecordID{Segment: p.Segment, Offset: p.Offset}); got.ids[2] != want {
		t.Errorf("third record is %v, appended at %v", got.ids[2], want)
	}
	if got, want := got.counts(), counts(s); got != want {
		t.Errorf("read %+v, segment says %+v", got, want)
	}
	done(t, l, s)
	if got := checkBalance(t, l.Consumer(name)); got.Delivered.Records != 3 || got.Pending.Records != 0 {
		t.Errorf("ledger after delivery: %+v", got)
	}
}
