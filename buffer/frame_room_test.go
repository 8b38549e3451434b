package buffer

import (
	"bytes"
	"testing"
)

func TestWhoAsksForASmallFrameHoldsASmallOne(t *testing.T) {
	for range 100 {
		large := NewFrame(4 << 20)
		large.Release()
		small := NewFrame(64 << 10)
		if room := cap(small.buf); room > 256<<10 {
			t.Fatalf("got a frame with room for %d bytes, asked for %d", room, 64<<10)
		}
		small.Release()
	}
}

func TestAFrameGrowsWithItsRecords(t *testing.T) {
	f, want := NewFrame(0), NewFrame(1<<20)
	record := bytes.Repeat([]byte("x"), 100)
	for size := 1 << 10; size <= 1<<20; size *= 2 {
		f.Add(record)
		want.Add(record)
		f.Grow(size)
		if room := cap(f.buf); room < size || !bytes.Equal(f.buf, want.buf) || f.Len() != want.Len() || f.Bytes() != want.Bytes() {
			t.Fatalf("grown to %d: got room %d, %d records, %d bytes", size, room, f.Len(), f.Bytes())
		}
	}
}
