package buffer_test

import (
	"fmt"
	"testing"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

// forward hands everything in the next segment on.
func forward(t testing.TB, l *buffer.Log) {
	t.Helper()
	s := next(t, l)
	if err := l.Consumer(name).Done(s, buffer.Outcome{In: counts(s), Forwarded: counts(s)}); err != nil {
		t.Fatal(err)
	}
}

func TestSettleRefusesAnOutcomeThatDoesNotAddUp(t *testing.T) {
	l := open(t, newFS(), eager())
	add(t, l, "0123456789", "0123456789")
	forward(t, l)
	c := l.Consumer(name)
	one, two, three := buffer.Counts{Records: 1, Bytes: 10}, buffer.Counts{Records: 2, Bytes: 20}, buffer.Counts{Records: 3, Bytes: 30}
	for _, tt := range []struct {
		name string
		o    buffer.Outcome
	}{
		{"takes records in", buffer.Outcome{In: one, Forwarded: one, Delivered: two}},
		{"a record is missing", buffer.Outcome{Forwarded: two, Delivered: one}},
		{"more than was forwarded", buffer.Outcome{Forwarded: three, Delivered: three}},
		{"negative", buffer.Outcome{Forwarded: one, Delivered: two, Dropped: buffer.Counts{Records: -1, Bytes: -10}}},
	} {
		if err := c.Settle(1, tt.o); err == nil {
			t.Errorf("%s: Settle accepted %+v", tt.name, tt.o)
		}
	}
	for range 2 { // a repeat changes nothing
		if err := c.Settle(1, buffer.Outcome{Forwarded: one, Split: buffer.Counts{Records: 1}, Delivered: one, Archived: buffer.Counts{Records: 1}}); err != nil {
			t.Fatal(err)
		}
	}
	want := buffer.Ledger{Outcome: buffer.Outcome{
		In: two, Split: buffer.Counts{Records: 1}, Delivered: one, Archived: buffer.Counts{Records: 1}, Forwarded: one,
	}, Pending: one}
	if got := checkBalance(t, c); got != want || c.Settled() != 1 {
		t.Errorf("ledger %+v and settled %d, want %+v and 1", got, c.Settled(), want)
	}
}

// TestWhatIsForwardedSurvivesEveryFault lets the first operation on the disk
// fail, then the second, and so on, and cuts the power each time.
func TestWhatIsForwardedSurvivesEveryFault(t *testing.T) {
	for n, met := 0, true; met; n++ {
		disk := newFS()
		l := open(t, disk, eager())
		add(t, l, "0123456789", "0123456789")
		one := buffer.Counts{Records: 1, Bytes: 10}
		forward(t, l)
		disk.Fail(&buffertest.Fault{After: n, Took: n%2 == 1})
		c := l.Consumer(name)
		settled := c.Settle(1, buffer.Outcome{Forwarded: one, Delivered: one}) == nil
		adopted := c.Adopt(one) == nil
		met = disk.Met()

		again := open(t, disk.CrashTorn(uint64(n)), eager())
		got := checkBalance(t, again.Consumer(name))
		if settled && (again.Consumer(name).Settled() != 1 || got.Delivered != one) {
			t.Errorf("fault %d: settled %d, ledger %+v, want cut 1 settled", n, again.Consumer(name).Settled(), got)
		}
		if adopted && got.In.Records != 3 {
			t.Errorf("fault %d: ledger %+v, want 3 records in", n, got)
		}
		if got.Pending != got.Forwarded {
			t.Errorf("fault %d: pending %+v, forwarded %+v, want the same", n, got.Pending, got.Forwarded)
		}
		closeLog(t, again)
		again = open(t, disk.Crash(), eager())
		checkBalance(t, again.Consumer(name))
	}
}

func TestTheBalanceStaysWhenTheLedgerIsWrittenAnew(t *testing.T) {
	disk := newFS()
	l := open(t, disk, eager())
	one := buffer.Counts{Records: 1, Bytes: 10}
	for i := range 10000 { // more than the ledger holds before it is rewritten
		add(t, l, "0123456789")
		forward(t, l)
		if i == 0 {
			continue
		}
		if err := l.Consumer(name).Settle(uint64(i), buffer.Outcome{Forwarded: one, Delivered: one}); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, disk.Crash(), eager()).Consumer(name)
	if got := checkBalance(t, again); got.Forwarded != one || got.Delivered.Records != 9999 || again.Settled() != 9999 {
		t.Errorf("ledger %+v, settled %d, want 1 forwarded and 9999 delivered and settled", got, again.Settled())
	}
}

func TestLaterIDIsOfALaterMillisecond(t *testing.T) {
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	last := buffer.LaterID(buffer.SegmentID{}, at)
	if !last.Time().Equal(at) {
		t.Errorf("time of %s = %s, want %s", last, last.Time(), at)
	}
	for i := range 3 { // also when the clock jumps back
		id := buffer.LaterID(last, at.Add(-time.Hour))
		if fmt.Sprint(id) <= fmt.Sprint(last) || !id.Time().After(last.Time()) {
			t.Errorf("id %d = %s, want it after %s", i, id, last)
		}
		last = id
	}
}
