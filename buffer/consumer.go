package buffer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"
)

// A Consumer is one reader of a log: a cursor and a row in the ledger. It is
// safe for concurrent use; several goroutines may work on segments side by
// side.
type Consumer struct {
	log  *Log
	name string

	// Guarded by the log's mu.
	ready   []*Segment // not handed out, by number
	out     map[*Segment]struct{}
	pending Counts // of ready and out
	bytes   int64  // of records in ready
	row     *row
}

// addSegment gives a sealed segment to those who have yet to do it. The caller
// holds mu.
func (l *Log) addSegment(s *Segment, to []*Consumer) {
	for _, c := range to {
		c.insert(s)
		c.pending = c.pending.plus(s.counts())
		s.waiting++
	}
}

// insert makes s ready. The caller holds the log's mu.
func (c *Consumer) insert(s *Segment) {
	at, _ := slices.BinarySearchFunc(c.ready, s, func(a, b *Segment) int {
		return cmp.Compare(a.foot.seq, b.foot.seq)
	})
	c.ready = slices.Insert(c.ready, at, s)
	c.bytes += s.foot.bytes
}

// Next returns the oldest sealed segment that this consumer was not handed out
// yet, and waits until there is one. It returns the context's error, or
// [ErrClosed] when the log is closed and nothing sealed is left.
func (c *Consumer) Next(ctx context.Context) (*Segment, error) {
	for {
		s, changed, err := c.take()
		if s != nil || err != nil {
			return s, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *Consumer) take() (*Segment, <-chan struct{}, error) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	if len(c.ready) > 0 {
		s := c.ready[0]
		c.ready[0] = nil
		c.ready = c.ready[1:]
		c.bytes -= s.foot.bytes
		c.out[s] = struct{}{}
		return s, nil, nil
	}
	if c.log.closed {
		return nil, nil, fmt.Errorf("%w: %s", ErrClosed, c.log.dir)
	}
	return nil, c.log.changed, nil
}

// Ready returns how many sealed segments Next hands out without waiting, and
// the bytes of their records.
func (c *Consumer) Ready() (segments int, bytes int64) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return len(c.ready), c.bytes
}

// Return takes back a segment that was handed out and will not be done now:
// Next hands it out again.
func (c *Consumer) Return(s *Segment) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	if _, ok := c.out[s]; ok {
		delete(c.out, s)
		c.insert(s)
		c.log.broadcast()
	}
}

// Done ends this consumer's work on a segment that it was handed out: o says
// where its records went. It fails if o does not balance or does not account
// for what the segment holds. Once Done returned nil, the outcome is durable
// in the ledger, and the segment will not be handed out to this consumer
// again, also not after a crash; the last consumer's Done deletes the file.
// After an error the segment is still handed out, and Done may be called again.
func (c *Consumer) Done(s *Segment, o Outcome) error {
	l := c.log
	if err := o.check(s.counts()); err != nil {
		return fmt.Errorf("buffer: done %s by %s: %w", s.foot.id, c.name, err)
	}
	l.ledgerMu.Lock()
	defer l.ledgerMu.Unlock()
	l.mu.Lock()
	_, mine := c.out[s]
	l.mu.Unlock()
	if !mine {
		return fmt.Errorf("buffer: done %s by %s: the segment is not handed out to it", s.foot.id, c.name)
	}
	if err := l.ledger.done(c.name, s.foot, o); err != nil {
		return fmt.Errorf("buffer: done %s by %s: ledger: %w", s.foot.id, c.name, full(err))
	}
	c.settle(s, o)
	l.deleteDone()
	return nil
}

// settle moves s from pending to o, which the ledger holds durably.
func (c *Consumer) settle(s *Segment, o Outcome) {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(c.out, s)
	c.pending = c.pending.minus(s.counts())
	c.row.total = c.row.total.plus(o)
	c.row.marks[s.foot.seq] = struct{}{}
	if s.waiting--; s.waiting == 0 {
		l.done = append(l.done, s)
	}
}

// deleteDone deletes the files that all consumers are done with. What cannot
// be deleted is tried again by the next Done and by the next Open; nothing
// but space depends on it. The caller holds ledgerMu.
func (l *Log) deleteDone() {
	var gone, left []*Segment
	for _, s := range l.done {
		// Before the keys are durable elsewhere, a crash would forget them
		// with the file.
		err := l.keys.keep(s.foot.id)
		if errors.Is(err, ErrFull) { // room comes only from deleting
			l.log.Warn("keys of a delivered segment are not durable: the disk is full", "segment", s.foot.id, "err", err)
			err = nil
		}
		if err == nil {
			err = remove(l.fs, path.Join(l.dir, s.name))
		}
		if err != nil {
			l.log.Warn("a delivered segment could not be deleted", "segment", s.foot.id, "err", err)
			left = append(left, s)
			continue
		}
		gone = append(gone, s)
	}
	if len(gone) > 0 {
		// Before the directory is durable a crash may bring a file back, so
		// until then the ledger must remember that it is done.
		if err := l.fs.SyncDir(l.dir); err != nil {
			l.log.Warn("deleting delivered segments may not be durable", "dir", l.dir, "err", err)
			return
		}
	}
	l.done = left
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range gone {
		l.forceDisk(-s.disk)
		l.ledger.forget(s.foot.seq)
	}
}

// Ledger returns the account of this consumer. Pending counts everything that
// is acknowledged and not done, with the open segment.
func (c *Consumer) Ledger() Ledger {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	pending := c.pending.plus(c.row.total.Forwarded)
	if open := c.log.open; open != nil {
		pending = pending.plus(open.acked.Counts)
	}
	o := c.row.total
	o.In = o.In.plus(pending.minus(o.Forwarded)) // what was forwarded is in the total already
	return Ledger{Outcome: o, Pending: pending}
}

// Backlog returns how many sealed segments this consumer has yet to do, and
// when the oldest record arrived that it has yet to do, in the open segment
// too; the zero time if there is none.
func (c *Consumer) Backlog() (segments int, oldest time.Time) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	first := int64(-1)
	earlier := func(t int64) {
		if first < 0 || t < first {
			first = t
		}
	}
	if open := c.log.open; open != nil {
		earlier(open.first)
	}
	if len(c.ready) > 0 {
		earlier(c.ready[0].foot.first)
	}
	for s := range c.out {
		earlier(s.foot.first)
	}
	if first >= 0 {
		oldest = time.Unix(0, first).UTC()
	}
	return len(c.ready) + len(c.out), oldest
}

// Pending returns the ids of all sealed segments that this consumer has yet to
// do, handed out or not, in no order.
func (c *Consumer) Pending() []SegmentID {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	ids := make([]SegmentID, 0, len(c.ready)+len(c.out))
	for _, s := range c.ready {
		ids = append(ids, s.foot.id)
	}
	for s := range c.out {
		ids = append(ids, s.foot.id)
	}
	return ids
}
