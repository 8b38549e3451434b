package buffer_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"hydrant/buffer"
)

func TestSegmentIDsAreUUIDsVersion7ThatIncrease(t *testing.T) {
	now := time.UnixMilli(0x01890a5dac96)
	id := buffer.NextID(buffer.SegmentID{}, now)
	if got, want := id.String()[:15], "01890a5d-ac96-7"; got != want {
		t.Errorf("id of %v begins with %s, want %s", now, got, want)
	}
	if v := id[8] >> 6; v != 2 {
		t.Errorf("variant %d, want 2 (RFC 9562, section 4.1)", v)
	}
	for i := range 10000 { // the clock stands still, or goes back
		next := buffer.NextID(id, now.Add(-time.Duration(i%2)*time.Hour))
		if next.String() <= id.String() || next[6]>>4 != 7 || next[8]>>6 != 2 {
			t.Fatalf("%s follows %s", next, id)
		}
		id = next
	}
}

func TestSegmentIDsCarryOver(t *testing.T) {
	for _, tt := range []struct{ last, want string }{
		{"01890a5d-ac96-7000-bfff-ffffffffffff", "01890a5d-ac96-7001-8000-000000000000"},
		{"01890a5d-ac96-7fff-bfff-ffffffffffff", "01890a5d-ac97-7000-8000-000000000000"},
		{"01890a5d-ac96-7fff-8000-000000000000", "01890a5d-ac96-7fff-8000-000000000001"},
	} {
		last, err := buffer.ParseSegmentID(tt.last)
		if err != nil {
			t.Fatal(err)
		}
		if got := buffer.NextID(last, time.UnixMilli(0)).String(); got != tt.want {
			t.Errorf("after %s comes %s, want %s", tt.last, got, tt.want)
		}
	}
}

func TestSegmentIDText(t *testing.T) {
	const text = "01890a5d-ac96-774b-bcce-b302099a8057"
	id, err := buffer.ParseSegmentID(text)
	if err != nil || id.String() != text {
		t.Errorf("ParseSegmentID(%s) = %s, %v", text, id, err)
	}
	b, err := json.Marshal(id)
	var back buffer.SegmentID
	if err != nil || json.Unmarshal(b, &back) != nil || back != id {
		t.Errorf("JSON %s becomes %s, want %s", b, back, id)
	}
	for _, bad := range []string{
		"", text[1:], text + "0", "01890A5D-ac96-774b-bcce-b302099a8057",
		"01890a5d+ac96-774b-bcce-b302099a8057", "0189ga5d-ac96-774b-bcce-b302099a8057",
	} {
		if id, err := buffer.ParseSegmentID(bad); err == nil {
			t.Errorf("ParseSegmentID(%q) = %s, want an error", bad, id)
		}
	}
}

func TestRecordIDText(t *testing.T) {
	segment, err := buffer.ParseSegmentID("01890a5d-ac96-774b-bcce-b302099a8057")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		id   buffer.RecordID
		want string
	}{
		{buffer.RecordID{}, "0000000000000000000000000000000000000000000000000000"},
		{buffer.RecordID{Segment: segment, Offset: 64, Index: 499}, "01890a5dac96774bbcceb302099a8057000000000040000001f3"},
		{buffer.RecordID{Segment: segment, Offset: 1<<48 - 1, Index: math.MaxUint32}, "01890a5dac96774bbcceb302099a8057ffffffffffffffffffff"},
	} {
		got := tt.id.String()
		if got != tt.want {
			t.Errorf("%+v is %s, want %s", tt.id, got, tt.want)
		}
		if back, err := buffer.ParseRecordID(got); err != nil || back != tt.id {
			t.Errorf("ParseRecordID(%s) = %+v, %v", got, back, err)
		}
	}
	if _, err := (buffer.RecordID{Offset: 1 << 48}).AppendText(nil); err == nil {
		t.Error("an offset of 2^48 has a text form")
	}
	for _, bad := range []string{"", "00", "01890A5dac96774bbcceb302099a8057000000000040000001f3", "x1890a5dac96774bbcceb302099a8057000000000040000001f3"} {
		if id, err := buffer.ParseRecordID(bad); err == nil {
			t.Errorf("ParseRecordID(%q) = %v, want an error", bad, id)
		}
	}
}

func TestPutIndexGivesTheIDsOfAFrame(t *testing.T) {
	id := buffer.RecordID{Segment: buffer.SegmentID{0xfe, 15: 1}, Offset: 1<<48 - 1}
	text, err := id.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []uint32{0, 1, 9, 10, 499, 1<<32 - 1, 3} {
		buffer.PutIndex(text, index)
		id.Index = index
		if string(text) != id.String() {
			t.Errorf("index %d: got %s, want %s", index, text, id)
		}
	}
}
