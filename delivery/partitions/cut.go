package partitions

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"hydrant/buffer"
)

// What one cut takes at most.
const (
	maxParts    = 1024
	maxPortions = 1 << 17
	leastCut    = 128 << 20 // bytes; more if buffer.size is
)

// A Cut is a group of partitions that were due together: one batch, whose
// parts become objects. It is handed out to one goroutine.
type Cut struct {
	Seq   uint64 // counts up, also over restarts, once it is in the ledger
	ID    buffer.SegmentID
	First time.Time // arrival of its oldest record; zero if it is not known any more
	Parts []Part
	// Lost are rows that the ledger has and no run does: a damaged file.
	Lost buffer.Counts

	bytes  int64
	memory int64
}

// A Part is what a cut takes of one partition.
type Part struct {
	Rules *Rules // nil if the runs are gone
	Key   string
	First time.Time     // arrival of its oldest record
	Holds buffer.Counts // what its rows account for
	refs  []ref
}

// Values returns the values of the part's keys.
func (p *Part) Values() map[string]string { return p.Rules.Values([]byte(p.Key)) }

// A Taken names what a cut takes, for its plan.
type Taken struct {
	Seq   uint64           `json:"seq"`
	ID    buffer.SegmentID `json:"id"`
	Runs  []string         `json:"runs"`
	Parts [][]uint32       `json:"parts"` // of each part: place in Runs, portion, place, portion, ...
	Lost  buffer.Counts    `json:"lost,omitzero"`
}

// Taken returns what the cut takes.
func (s *Store) Taken(c *Cut) *Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Taken{Seq: c.Seq, ID: c.ID, Lost: c.Lost}
	places := make(map[uint32]uint32)
	for _, p := range c.Parts {
		flat := make([]uint32, 0, 2*len(p.refs))
		for _, r := range p.refs {
			place, ok := places[r.run]
			if !ok {
				place = uint32(len(t.Runs))
				places[r.run] = place
				t.Runs = append(t.Runs, s.runs[r.run].name)
			}
			flat = append(flat, place, r.portion)
		}
		t.Parts = append(t.Parts, flat)
	}
	return t
}

// Next returns the next cut, and waits until one is due. Cuts that were given
// back come first, in order.
func (s *Store) Next(ctx context.Context) (*Cut, error) {
	for {
		c, wait, changed := s.next(time.Now())
		if c != nil {
			return c, nil
		}
		if err := pause(ctx, wait, changed); err != nil {
			return nil, err
		}
	}
}

func pause(ctx context.Context, wait time.Duration, changed <-chan struct{}) error {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// longWait is how long Next waits for a change when nothing grows old.
const longWait = 24 * time.Hour

func (s *Store) next(now time.Time) (c *Cut, wait time.Duration, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.returned) > 0 {
		c = s.returned[0]
		s.returned = slices.Delete(s.returned, 0, 1)
		s.out = append(s.out, c)
		return c, 0, nil
	}
	if c = s.cut(now); c != nil {
		s.out = append(s.out, c)
		return c, 0, nil
	}
	wait = longWait
	if len(s.ages) > 0 {
		wait = max(0, s.dueAt(s.ages[0]).Sub(now))
	}
	return nil, wait, s.changed
}

// dueAt returns when p is old enough: a little later than at the interval, so
// that partitions of about the same age are cut together.
func (s *Store) dueAt(p *partition) time.Time {
	at := p.born.Add(s.limits.Interval)
	step := min(s.limits.Interval/32, time.Second)
	if step <= 0 {
		return at
	}
	ns := at.UnixNano()
	return at.Add(time.Duration((ns+int64(step)-1)/int64(step)*int64(step) - ns))
}

// cut decides a cut of what is due: what is old, and then what is large. It
// returns nil if nothing is due. The caller holds mu.
func (s *Store) cut(now time.Time) *Cut {
	c := &Cut{Lost: s.lost}
	for portions := 0; len(c.Parts) < maxParts && portions < maxPortions && c.bytes < s.maxCut(); {
		p := s.popDue(now)
		if p == nil {
			break
		}
		portions += len(p.refs)
		c.take(p)
	}
	if len(c.Parts) == 0 && c.Lost == (buffer.Counts{}) {
		return nil
	}
	if c.First.IsZero() {
		c.First = now
	}
	s.lost = buffer.Counts{}
	s.seq++
	s.lastID = buffer.LaterID(s.lastID, now)
	c.Seq, c.ID = s.seq, s.lastID
	return c
}

func (s *Store) maxCut() int64 { return max(leastCut, s.limits.Size) }

// popDue takes a partition out that is due, or returns nil.
func (s *Store) popDue(now time.Time) *partition {
	var p *partition
	switch {
	case len(s.ages) > 0 && !s.dueAt(s.ages[0]).After(now):
		p = heap.Pop(&s.ages).(*partition)
		s.freeing += p.memory()
		s.due += p.holds.Bytes
	case len(s.ready) > 0:
		p = s.ready[0]
		s.ready[0] = nil
		s.ready = s.ready[1:]
	default:
		return nil
	}
	delete(s.parts, p.partKey)
	return p
}

func (c *Cut) take(p *partition) {
	first := time.Unix(0, p.first).UTC()
	c.Parts = append(c.Parts, Part{Rules: p.rules, Key: p.key, First: first, Holds: p.holds, refs: p.refs})
	c.bytes += p.holds.Bytes
	c.memory += p.memory()
	if c.First.IsZero() || first.Before(c.First) {
		c.First = first
	}
}

// Return takes back a cut that will not be done now. It stays decided: Next
// hands it out again.
func (s *Store) Return(c *Cut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = slices.DeleteFunc(s.out, func(o *Cut) bool { return o == c })
	s.returned = append(s.returned, c)
	slices.SortFunc(s.returned, func(a, b *Cut) int { return int(int64(a.Seq) - int64(b.Seq)) })
	s.broadcast()
}

// Consume notes durably that a cut is done: the ledger says so already. After
// an error it may be called again. Then runs of which nothing is left are
// deleted by [Store.Sweep].
func (s *Store) Consume(c *Cut) error {
	if err := s.taken.add(s.Taken(c)); err != nil {
		return fmt.Errorf("partitions: consume cut %d: %w", c.Seq, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = slices.DeleteFunc(s.out, func(o *Cut) bool { return o == c })
	for _, p := range c.Parts {
		for _, r := range p.refs {
			s.runs[r.run].consume(r.portion)
		}
	}
	s.due -= c.bytes
	s.freeing -= c.memory
	s.grow(-c.memory)
	s.broadcast()
	return nil
}

// Sweep deletes runs of which nothing is left. What cannot be deleted is tried again by the next Sweep and by
// the next Open; nothing but space depends on it.
func (s *Store) Sweep() error {
	var names []string
	s.mu.Lock()
	for _, r := range s.runs {
		if r.left == 0 {
			names = append(names, r.name)
		}
	}
	s.mu.Unlock()
	slices.Sort(names)
	var err error
	for _, name := range names {
		if e := s.fs.Remove(path.Join(s.dir, name)); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
			continue
		}
		s.forget(name)
	}
	if len(s.gone) == 0 {
		return err
	}
	// Before the directory is durable a crash may bring a file back, so until
	// then the list of what is consumed must remember it.
	if e := s.fs.SyncDir(s.dir); e != nil {
		return errors.Join(err, e)
	}
	for _, name := range s.gone {
		s.taken.forget(name)
	}
	s.gone = nil
	return err
}

// forget drops a run whose file is deleted.
func (s *Store) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := s.byName[name]
	r := s.runs[number]
	s.grow(-r.memory())
	s.disk.Free(r.size)
	delete(s.runs, number)
	delete(s.byName, name)
	s.gone = append(s.gone, name)
}

// Undone returns the numbers of cuts that are decided and not done.
func (s *Store) Undone() (seqs []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range append(slices.Clone(s.returned), s.out...) {
		seqs = append(seqs, c.Seq)
	}
	return seqs
}
