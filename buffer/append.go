package buffer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A request waits in the log's queue for a leader: it is a frame to append, or
// a command.
//
// There is no goroutine that commits. Whoever finds nobody leading leads: it
// takes a group of requests off the queue, writes and syncs them all at once,
// and hands the lead on to the first that came meanwhile.
type request struct {
	frame  *Frame
	header frameHeader

	seal  bool         // command: seal the open segment
	sync  bool         // command: sync it
	close bool         // command: sync it and close its file
	only  *openSegment // the command is for this segment and no later one

	ready chan struct{} // gets one value: lead now, or, if taken, it is done
	lead  bool          // this request leads next; guarded by the log's mu
	taken bool          // a leader has it; guarded by the log's mu

	pos Position
	err error
}

func (r *request) command() bool { return r.frame == nil }

// Append adds the records of f to the log and returns once they are durable
// (with [Options.Async], once they are written). On an error none of them was
// accepted: [ErrFull], [ErrClosed], the context's, or a fault of the disk.
// They may come back all the same after a crash of this process, if it was the
// disk's answer that was lost. The caller keeps f and leaves it alone
// meanwhile.
//
// A frame with a key (see [Frame.SetKey]) that was accepted before is not stored
// again: the position is that of the first, and its Repeat is set. It is
// [ErrKeyReused] if that one had other records. A second Append of a key waits
// for the first, and takes its place if that fails.
//
// A context that ends has an effect only until the commit begins.
func (l *Log) Append(ctx context.Context, f *Frame) (Position, error) {
	if err := ctx.Err(); err != nil {
		return Position{}, err
	}
	size := int64(len(f.buf) - frameRoom)
	if f.count == 0 {
		return Position{}, errors.New("buffer: append: the frame has no records")
	}
	if size > MaxFrame {
		return Position{}, fmt.Errorf("buffer: append: the frame has %d bytes, more than %d", size, MaxFrame)
	}
	f.keyed = f.keyed && l.keys.on()
	r := &request{frame: f, header: f.header()}
	if f.keyed {
		return l.keys.once(ctx, r, func() error { return l.do(ctx, r) })
	}
	err := l.do(ctx, r)
	return r.pos, err
}

// command hands a command to the leader and waits for it.
func (l *Log) command(r *request) error { return l.do(context.Background(), r) }

// do queues r and returns when it is done.
func (l *Log) do(ctx context.Context, r *request) error {
	r.ready = make(chan struct{}, 1)
	lead, err := l.enqueue(r)
	if err != nil {
		return err
	}
	if !lead {
		select {
		case <-r.ready:
		case <-ctx.Done():
			if l.withdraw(r) {
				return ctx.Err()
			}
			<-r.ready
		}
		if r.taken {
			return r.err
		}
	}
	l.lead()
	return r.err
}

// enqueue puts r at the end of the queue, if the log takes it and the disk has
// room, and says whether r has to lead.
func (l *Log) enqueue(r *request) (lead bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing && !r.close || l.stopped && !r.command() {
		return false, fmt.Errorf("%w: %s", ErrClosed, l.dir)
	}
	if !r.command() {
		if err := l.disk.Reserve(int64(len(r.frame.wire()))); err != nil {
			return false, err
		}
		l.share += int64(len(r.frame.wire()))
	}
	l.queue = append(l.queue, r)
	lead = !l.leading
	l.leading = true
	return lead, nil
}

// withdraw takes r out of the queue, if no leader has it yet.
func (l *Log) withdraw(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.taken {
		return false
	}
	i := slices.Index(l.queue, r)
	l.queue = slices.Delete(l.queue, i, i+1)
	l.giveBack(r)
	if r.lead {
		l.handOn()
	}
	return true
}

// giveBack frees the budget of a frame that is not written.
func (l *Log) giveBack(r *request) {
	if r.frame != nil {
		l.forceDisk(-int64(len(r.frame.wire())))
	}
}

// handOn makes the first in the queue the leader.
func (l *Log) handOn() {
	if len(l.queue) == 0 {
		l.leading = false
		return
	}
	l.queue[0].lead = true
	l.queue[0].ready <- struct{}{}
}

// lead commits one group, which begins with the leader's own request, since
// the leader is the first in the queue.
func (l *Log) lead() {
	l.mu.Lock()
	g := l.take()
	l.mu.Unlock()

	err := l.commit(g)

	l.mu.Lock()
	l.handOn()
	l.mu.Unlock()
	for i, r := range g.requests {
		r.err = err
		if i > 0 {
			r.ready <- struct{}{}
		}
	}
}

// maxGroup is where a group is full, in bytes of frames.
const maxGroup = 16 << 20

// A group is what one commit makes durable.
type group struct {
	requests []*request
	arrival  int64  // of all its records, unix ns
	counts   Counts // of them
	wire     int64  // bytes of frames
	keys     uint32 // of the frames, those with a key

	seal  bool // the segment is full afterwards
	sync  bool
	close bool
}

// take takes the next group off the queue: one command, or as many frames as
// the open segment has room for. The caller holds mu.
func (l *Log) take() *group {
	g := &group{sync: !l.async}
	if r := l.queue[0]; r.command() {
		g.requests = []*request{r}
		if r.only == nil || r.only == l.open {
			g.seal, g.close, g.sync = r.seal, r.close, true
		}
	} else {
		l.takeFrames(g)
	}
	for _, r := range g.requests {
		r.taken = true
	}
	l.queue = slices.Delete(l.queue, 0, len(g.requests))
	return g
}

func (l *Log) takeFrames(g *group) {
	var held Counts
	if l.open != nil {
		held = l.open.acked.Counts
	}
	for _, r := range l.queue {
		if r.command() || g.wire >= maxGroup {
			break
		}
		g.requests = append(g.requests, r)
		g.wire += int64(len(r.frame.wire()))
		if r.frame.keyed {
			g.keys++
		}
		g.counts = g.counts.plus(Counts{int64(r.frame.count), r.frame.bytes})
		all := held.plus(g.counts)
		if g.seal = l.size > 0 && all.Bytes >= l.size || all.Records >= maxRecords; g.seal {
			break
		}
	}
	g.seal = g.seal || l.interval <= 0
	g.sync = g.sync || g.seal
	l.lastTime = max(l.lastTime, time.Now().UnixNano())
	g.arrival = l.lastTime
}

// armSeal sets the timer that seals the open segment. The caller holds mu.
func (l *Log) armSeal() {
	wait := max(0, l.interval-time.Since(l.open.born))
	if l.size > 0 && l.open.acked.Bytes >= l.size {
		wait = 0
	}
	if l.sealTimer != nil {
		l.sealTimer.Stop()
	}
	l.sealTimer = l.after(wait, &request{seal: true, only: l.open})
}

// armSync sets the timer that syncs what was acknowledged before its fsync.
// The caller holds mu.
func (l *Log) armSync() {
	l.syncTimer = l.after(syncDelay, &request{sync: true, only: l.open})
}

// after gives the log a command after a while, if its segment is still open
// then. There is nobody to return an error to, and nothing left to do about
// it: the segment was given up and handed out.
func (l *Log) after(wait time.Duration, r *request) *time.Timer {
	return time.AfterFunc(wait, func() {
		l.mu.Lock()
		if l.closed || l.open != r.only {
			l.mu.Unlock()
			return
		}
		l.timers.Add(1)
		defer l.timers.Done()
		l.mu.Unlock()
		if err := l.command(r); err != nil && !errors.Is(err, ErrClosed) {
			l.log.Error("records that are acknowledged may not be durable", "segment", r.only.id, "err", err)
		}
	})
}

// stopTimers stops the timers of the open segment. The caller holds mu.
func (l *Log) stopTimers() {
	for _, t := range []*time.Timer{l.sealTimer, l.syncTimer} {
		if t != nil {
			t.Stop()
		}
	}
}
