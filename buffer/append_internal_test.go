package buffer

import "testing"

// The context of an append may end at the moment at which it is told to lead.
func TestALeaderThatWithdrawsHandsTheLeadOn(t *testing.T) {
	l := &Log{leading: true}
	first := &request{frame: NewFrame(0), ready: make(chan struct{}, 1)}
	second := &request{frame: NewFrame(0), ready: make(chan struct{}, 1)}
	l.queue = []*request{first, second}
	l.handOn()
	if !first.lead {
		t.Fatal("the first in the queue does not lead")
	}
	if !l.withdraw(first) || len(second.ready) != 1 {
		t.Errorf("after the first withdrew, the second does not lead")
	}
	if !l.withdraw(second) || l.leading {
		t.Errorf("after both withdrew, somebody is still thought to lead")
	}
}
