package receipts

import (
	"math/rand/v2"
	"testing"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

// rowsOfSegment are the places of records in frames of various sizes.
func rowsOfSegment(frames int, rng *rand.Rand) (ids []buffer.RecordID) {
	offset := uint64(64)
	for range frames {
		n := 1 + rng.IntN(5)
		for i := range n {
			ids = append(ids, buffer.RecordID{Offset: offset, Index: uint32(i)})
		}
		offset += 44 + uint64(rng.IntN(500))
	}
	return ids
}

func TestRowsTellExactlyWhatWasAdded(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		ids := rowsOfSegment(1+rng.IntN(50), rng)
		places := make([]Builder, 1+rng.IntN(4))
		went := make([]int, len(ids))
		for i, id := range ids {
			went[i] = rng.IntN(len(places))
			for range 1 + rng.IntN(2) {
				places[went[i]].Add(int64(i), id)
			}
		}
		for p := range places {
			rows := places[p].Rows()
			for i, id := range ids {
				got, err := rows.Contain(id)
				if err != nil || got != (went[i] == p) {
					t.Fatalf("seed %d: place %d has %v: got %v, %v; it went to %d", seed, p, id, got, err, went[i])
				}
			}
		}
	}
}

func TestRowsThatFollowOneAnotherTakeAFewBytes(t *testing.T) {
	var b Builder
	for i, id := range rowsOfSegment(10_000, rand.New(rand.NewPCG(1, 1))) {
		b.Add(int64(i), id)
	}
	if n := len(b.Rows()); n > 16 {
		t.Errorf("got %d bytes for one run, want at most 16", n)
	}
}

func TestABuilderTakesBytesOfDamage(t *testing.T) {
	var b Builder
	b.Add(0, buffer.RecordID{Offset: 64})
	b.AddBytes(200, 100)
	for id, want := range map[buffer.RecordID]bool{
		{Offset: 64}: true, {Offset: 64, Index: 1}: false, {Offset: 199}: false,
		{Offset: 200}: true, {Offset: 299, Index: 7}: true, {Offset: 300}: false,
	} {
		if got, err := b.Rows().Contain(id); got != want || err != nil {
			t.Errorf("%v: got %v, %v, want %v", id, got, err, want)
		}
	}
}

func TestAReceiptIsFoundAfterACrash(t *testing.T) {
	fs := buffertest.NewFS()
	limits := buffer.JournalLimits{MaxAge: time.Hour, MaxBytes: 1 << 20}
	s, err := Open(fs, "receipts", limits)
	if err != nil {
		t.Fatal(err)
	}
	id := buffer.RecordID{Segment: buffer.SegmentID{1}, Offset: 64, Index: 1}
	for i, key := range []string{"old", "new"} {
		var b Builder
		b.Add(0, id)
		entries := []Entry{{Fate: Delivered, Bucket: "lake", Key: key, Rows: b.Rows()}, {Fate: Archived, Key: "errors", Rows: nil}}
		if err := s.Add("clicks", id.Segment, entries); err != nil {
			t.Fatal(err)
		}
		if err := s.Add("clicks", buffer.SegmentID{9, byte(i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	fs = fs.Crash()
	r, err := Find(fs, "receipts", id.Segment)
	if err != nil || r == nil || r.Stream != "clicks" {
		t.Fatalf("got %+v, %v, want the receipt", r, err)
	}
	if got, err := r.Of(id); err != nil || len(got) != 1 || got[0].Key != "new" || got[0].Fate != Delivered {
		t.Errorf("got %+v, %v, want the object of the newest receipt", got, err)
	}
	id.Index++
	if got, err := r.Of(id); err != nil || len(got) != 0 {
		t.Errorf("a record that was not there: got %+v, %v", got, err)
	}
	if r, err := Find(fs, "receipts", buffer.SegmentID{2}); r != nil || err != nil {
		t.Errorf("another segment: got %+v, %v", r, err)
	}
}

func FuzzRows(f *testing.F) {
	var b Builder
	for i, id := range rowsOfSegment(5, rand.New(rand.NewPCG(1, 1))) {
		b.Add(int64(i*2), id)
	}
	f.Add([]byte(b.Rows()), uint64(70), uint32(1))
	f.Fuzz(func(t *testing.T, rows []byte, offset uint64, index uint32) {
		// Whatever the bytes, it ends and does not panic.
		_, _ = Rows(rows).Contain(buffer.RecordID{Offset: offset, Index: index})
	})
}
