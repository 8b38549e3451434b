package partitions

import (
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	"hydrant/buffer"
)

// A Recovery is what the log and the plans say when a store is opened.
type Recovery struct {
	Pending []buffer.SegmentID // parents that the log still has: their runs are not the store's yet
	Settled uint64             // newest cut that the ledger has
	Plans   []Planned          // cuts whose plans are on disk
	Balance buffer.Counts      // records that are forwarded, as the ledger has it
}

// A Planned is a cut whose plan is durable.
type Planned struct {
	Taken *Taken
	Holds buffer.Counts // what its plan settles
}

// quarantineDir is where damaged bytes are kept for a person to look at.
const quarantineDir = "quarantine"

// Open returns the store in dir as earlier processes left it. It reads the
// runs' indexes and not their rows. Rows that the ledger has and no run does
// become a cut of their own, [Cut.Lost]; excess are those that runs have and
// the ledger does not, because it was lost: the caller has the account adopt
// them before anything is cut.
func Open(o Options, r Recovery) (s *Store, excess buffer.Counts, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s = &Store{
		fs: o.FS, dir: o.Dir, disk: o.Disk, memory: o.Memory, log: o.Log,
		runs: make(map[uint32]*run), byName: make(map[string]uint32), parts: make(map[partKey]*partition),
		unowned: make(map[buffer.SegmentID][]string), changed: make(chan struct{}),
	}
	if excess, err = s.recover(r); err != nil {
		s.Close()
		return nil, excess, fmt.Errorf("partitions: open %s: %w", o.Dir, err)
	}
	return s, excess, nil
}

func (s *Store) recover(r Recovery) (excess buffer.Counts, err error) {
	names, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return excess, err
	}
	if s.taken, err = readConsumed(s.fs, s.dir); err != nil {
		return excess, err
	}
	loaded, err := s.loadAll(names, r.Pending)
	if err != nil {
		return excess, err
	}
	s.seq, s.lastID = max(s.taken.seq, r.Settled), s.taken.lastID
	planned := s.applyPlans(r)
	for _, l := range loaded {
		l.run.used = s.usedOf(l.run)
		for i := range l.index.portions {
			if l.run.consumed(uint32(i)) {
				l.run.left--
			}
		}
	}
	held := s.ownRecovered(loaded, planned)
	for _, p := range r.Plans {
		if p.Taken.Seq > r.Settled {
			held = plus(held, p.Holds)
		}
	}
	excess = s.reconcile(r.Balance, held)
	s.resolve(r)
	if len(names) == 0 {
		return excess, nil
	}
	s.dirMade = true
	return excess, s.tidy(names)
}

// usedOf returns the bitmap of what the list says is consumed of a run.
func (s *Store) usedOf(r *run) []uint64 {
	used := make([]uint64, len(r.used))
	if p := s.taken.runs[r.name]; p != nil {
		copy(used, p.bits)
	}
	return used
}

// applyPlans notes what settled plans took as consumed, and returns what the
// others took.
func (s *Store) applyPlans(r Recovery) map[string]*portions {
	others := &consumed{runs: make(map[string]*portions)}
	for _, p := range r.Plans {
		n := p.Taken.line()
		if p.Taken.Seq <= r.Settled {
			s.taken.apply(n)
		} else {
			others.apply(n)
		}
		s.seq = max(s.seq, p.Taken.Seq)
		if string(p.Taken.ID[:]) > string(s.lastID[:]) {
			s.lastID = p.Taken.ID
		}
	}
	return others.runs
}

// loadAll reads the indexes of all runs that are the store's, in order.
func (s *Store) loadAll(names []string, pending []buffer.SegmentID) ([]*Loaded, error) {
	undone := make(map[buffer.SegmentID]bool, len(pending))
	for _, id := range pending {
		undone[id] = true
	}
	var all []*Loaded
	for _, name := range names {
		parent, ok := parentOf(name)
		if !ok {
			continue
		}
		if undone[parent] {
			s.unowned[parent] = append(s.unowned[parent], name)
			continue
		}
		x, size, err := s.readIndex(name)
		if errors.Is(err, buffer.ErrCorrupt) {
			s.log.Error("a run of partitions is damaged; its records are archived as lost", "run", name, "err", err)
			if err := s.quarantine(name); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, &Loaded{newRun(name, size, x), x})
	}
	return all, nil
}

// parentOf returns the segment that a run's name tells.
func parentOf(name string) (id buffer.SegmentID, ok bool) {
	text, ok := strings.CutSuffix(name, runSuffix)
	if !ok || len(text) < 37 || text[36] != '-' {
		return id, false
	}
	id, err := buffer.ParseSegmentID(text[:36])
	return id, err == nil
}

func (s *Store) readIndex(name string) (*index, int64, error) {
	f, err := s.fs.Open(path.Join(s.dir, name))
	if err != nil {
		return nil, 0, fmt.Errorf("partitions: open run: %w", err)
	}
	defer f.Close() // read only
	size, err := f.Size()
	if err != nil {
		return nil, 0, fmt.Errorf("partitions: run %s: %w", name, err)
	}
	x, err := readIndex(f)
	if err == nil && runName(x.parent, int(x.number)) != name {
		err = fmt.Errorf("it says that it is %s: %w", runName(x.parent, int(x.number)), buffer.ErrCorrupt)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("partitions: index of run %s: %w", name, err)
	}
	return x, size, nil
}

// quarantine moves a run aside that cannot be read.
func (s *Store) quarantine(name string) error {
	dir := path.Join(s.dir, quarantineDir)
	if err := s.fs.MkdirAll(dir); err != nil {
		return err
	}
	if err := s.fs.Rename(path.Join(s.dir, name), path.Join(dir, name)); err != nil {
		return err
	}
	return errors.Join(s.fs.SyncDir(dir), s.fs.SyncDir(s.dir))
}

// ownRecovered adds what is neither consumed nor planned, and returns how much
// that is.
func (s *Store) ownRecovered(loaded []*Loaded, planned map[string]*portions) (held buffer.Counts) {
	now := time.Now()
	for _, l := range loaded {
		own := l.run.used
		if p := planned[l.run.name]; p != nil { // set aside while portions are added
			l.run.used = slices.Clone(own)
			for i := range min(len(own), len(p.bits)) {
				l.run.used[i] |= p.bits[i]
			}
		}
		for i := range l.index.portions {
			if !l.run.consumed(uint32(i)) {
				p := &l.index.portions[i]
				held = plus(held, buffer.Counts{Records: p.rows, Bytes: p.bytes})
			}
		}
		s.addRun(l, now)
		s.disk.Force(l.run.size)
		l.run.used = own
	}
	s.relieve()
	return held
}

// reconcile compares what is held with what the ledger says.
func (s *Store) reconcile(balance, held buffer.Counts) (excess buffer.Counts) {
	s.lost = buffer.Counts{Records: max(0, balance.Records-held.Records), Bytes: max(0, balance.Bytes-held.Bytes)}
	excess = buffer.Counts{Records: max(0, held.Records-balance.Records), Bytes: max(0, held.Bytes-balance.Bytes)}
	if s.lost != (buffer.Counts{}) {
		s.log.Error("runs of partitions are damaged or missing; their records are archived as lost", "records", s.lost.Records)
	}
	if excess != (buffer.Counts{}) {
		s.log.Warn("the ledger does not know of records in runs of partitions and adopts them", "records", excess.Records)
	}
	return excess
}

// resolve makes cuts of plans that are not settled.
func (s *Store) resolve(r Recovery) {
	for _, p := range r.Plans {
		if p.Taken.Seq <= r.Settled {
			continue
		}
		c := &Cut{Seq: p.Taken.Seq, ID: p.Taken.ID, Lost: p.Taken.Lost, First: p.Taken.ID.Time(), bytes: p.Holds.Bytes}
		for _, flat := range p.Taken.Parts {
			c.Parts = append(c.Parts, s.resolvePart(p.Taken, flat))
		}
		c.memory = partitionBytes
		s.grow(c.memory)
		s.freeing += c.memory
		s.due += c.bytes
		s.returned = append(s.returned, c)
	}
	slices.SortFunc(s.returned, func(a, b *Cut) int { return int(int64(a.Seq) - int64(b.Seq)) })
}

func (s *Store) resolvePart(t *Taken, flat []uint32) Part {
	var p Part
	for i := 0; i+1 < len(flat); i += 2 {
		if int(flat[i]) >= len(t.Runs) {
			continue
		}
		number, ok := s.byName[t.Runs[flat[i]]]
		if !ok { // in quarantine; what the plan staged is whole
			continue
		}
		p.Rules = s.runs[number].rules
		p.refs = append(p.refs, ref{number, flat[i+1]})
	}
	return p
}

// tidy makes durable what was read, and deletes what an earlier process did
// not come to delete. A process that was killed may have left lines that were
// never synced, and nothing must be deleted because of them.
func (s *Store) tidy(names []string) error {
	for _, name := range names {
		if strings.HasSuffix(name, ".tmp") {
			if err := s.fs.Remove(path.Join(s.dir, name)); err != nil {
				return err
			}
		}
	}
	for name := range s.taken.runs {
		if _, ok := s.byName[name]; !ok {
			delete(s.taken.runs, name)
		}
	}
	s.taken.seq, s.taken.lastID = s.seq, s.lastID
	// What is gone in this process's eyes must be gone for good before the
	// list forgets it.
	if err := s.fs.SyncDir(s.dir); err != nil {
		return err
	}
	if err := s.taken.replace(); err != nil {
		return err
	}
	if err := s.Sweep(); err != nil {
		s.log.Warn("delivered runs could not be deleted", "dir", s.dir, "err", err)
	}
	return nil
}

func plus(a, b buffer.Counts) buffer.Counts {
	return buffer.Counts{Records: a.Records + b.Records, Bytes: a.Bytes + b.Bytes}
}
