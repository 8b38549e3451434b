package partitions

import (
	"cmp"
	"container/heap"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hydrant/buffer"
)

// Options are what a store is opened with.
type Options struct {
	FS     buffer.FS
	Dir    string       // of the runs; made when it is needed
	Disk   *buffer.Disk // runs are counted in it; nil: none
	Memory *Memory      // what partitions hold is counted in it; nil: no limit
	Log    *slog.Logger // nil: nothing is logged
}

// Memory is a budget of memory that stores share. It is safe for concurrent
// use. A nil *Memory has no limit.
type Memory struct {
	max  int64
	used atomic.Int64
}

// NewMemory returns a budget of max bytes.
func NewMemory(max int64) *Memory { return &Memory{max: max} }

func (m *Memory) add(n int64) {
	if m != nil {
		m.used.Add(n)
	}
}

// over says whether more than so many eighths are in use, without.
func (m *Memory) over(eighths, without int64) bool {
	return m != nil && m.used.Load()-without > m.max/8*eighths
}

// Limits are when a partition is cut.
type Limits struct {
	Size     int64         // bytes of records
	Interval time.Duration // age of the oldest record
	Rules    *Rules        // in force; what was split by others is cut at once. nil: none are
}

// A Store holds the partitions of one stream. It is safe for concurrent use;
// one goroutine at a time makes cuts.
type Store struct {
	fs     buffer.FS
	dir    string
	disk   *buffer.Disk
	memory *Memory
	log    *slog.Logger
	taken  *consumed // written by whoever consumes

	mu       sync.Mutex
	dirMade  bool
	limits   Limits
	limited  bool // SetLimits was called; before it nothing is due
	rules    []*Rules
	runs     map[uint32]*run
	byName   map[string]uint32
	nextRun  uint32
	unowned  map[buffer.SegmentID][]string // runs whose parent is not done
	parts    map[partKey]*partition
	ages     ageHeap
	ready    []*partition // due whatever their age
	returned []*Cut       // decided and given back, by number
	out      []*Cut       // handed out
	lost     buffer.Counts
	seq      uint64
	lastID   buffer.SegmentID

	held    int64 // bytes of memory
	freeing int64 // of them: what is ready or cut
	due     int64 // bytes of records that are ready or cut
	early   int64
	gone    []string // consumed runs whose deletion is not durable
	changed chan struct{}
}

// A run is one file of rows. It goes when all of its portions are consumed.
type run struct {
	name   string
	size   int64
	base   int64
	index  int64 // offset of the index
	parent buffer.SegmentID
	rules  *Rules
	used   []uint64 // bitmap of consumed portions
	n      int      // portions
	left   int      // portions that are not consumed
}

func (r *run) consumed(portion uint32) bool { return r.used[portion/64]&(1<<(portion%64)) != 0 }

// consume returns false if the portion was consumed already.
func (r *run) consume(portion uint32) bool {
	if int(portion) >= r.n || r.consumed(portion) {
		return false
	}
	r.used[portion/64] |= 1 << (portion % 64)
	r.left--
	return true
}

// A ref is one portion of a run.
type ref struct{ run, portion uint32 }

type partKey struct {
	rules *Rules
	key   string
}

// A partition is what waits to be cut under one set of keys.
type partition struct {
	partKey
	holds buffer.Counts
	first int64     // arrival of its oldest record, unix ns
	born  time.Time // the same by this process's clock
	refs  []ref
	at    int // in ages; -1: it is ready
}

// What a partition and a run hold in memory beside keys, refs and bitmaps.
const (
	partitionBytes = 240
	runBytes       = 240
	refBytes       = 16 // with room to grow
)

func (p *partition) memory() int64 {
	return partitionBytes + int64(len(p.key)) + refBytes*int64(len(p.refs))
}

func (r *run) memory() int64 { return runBytes + int64(len(r.used))*8 }

// grow accounts for n bytes of memory. The caller holds mu.
func (s *Store) grow(n int64) {
	s.held += n
	s.memory.add(n)
}

func (s *Store) broadcast() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// SetLimits changes when partitions are cut, also those that are there.
func (s *Store) SetLimits(l Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.Rules != nil {
		l.Rules = s.intern(l.Rules)
	}
	s.limits, s.limited = l, true
	for _, p := range slices.Clone(s.ages) {
		s.check(p)
	}
	s.broadcast()
}

// intern returns the one copy of rules that are equal.
func (s *Store) intern(r *Rules) *Rules {
	for _, have := range s.rules {
		if have.equal(r) {
			return have
		}
	}
	s.rules = append(s.rules, r)
	return r
}

// check makes p ready if it is due whatever its age.
func (s *Store) check(p *partition) {
	if s.limited && p.at >= 0 && (p.rules != s.limits.Rules || p.holds.Bytes >= s.limits.Size) {
		s.makeReady(p)
	}
}

func (s *Store) makeReady(p *partition) {
	heap.Remove(&s.ages, p.at)
	p.at = -1
	s.ready = append(s.ready, p)
	s.freeing += p.memory()
	s.due += p.holds.Bytes
}

// A Mark is a moment in what a store took.
type Mark struct {
	run uint32
	cut uint64
}

// CutAll makes everything due that is there; [Store.Done] says when it is done.
func (s *Store) CutAll() Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ages) > 0 {
		s.makeReady(s.ages[0])
	}
	s.broadcast()
	return Mark{s.nextRun, s.seq}
}

// Done says whether everything is done that the store held at m.
func (s *Store) Done(m Mark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range append(slices.Clone(s.returned), s.out...) {
		if c.Seq <= m.cut || c.Lost != (buffer.Counts{}) {
			return false
		}
	}
	for number, r := range s.runs {
		if number < m.run && r.left > 0 {
			return false
		}
	}
	return s.lost == (buffer.Counts{})
}

// Awaits says whether runs of one of the parents are made and not owned yet.
func (s *Store) Awaits(parents map[buffer.SegmentID]bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.unowned {
		if parents[id] {
			return true
		}
	}
	return false
}

// A Loaded is a run that is ready to be owned.
type Loaded struct {
	run   *run
	index *index
}

// Load reads what [Store.Own] needs. It may be called again.
func (s *Store) Load(r Run) (*Loaded, error) {
	x, size, err := s.readIndex(r.Name)
	if err != nil {
		return nil, err
	}
	return &Loaded{newRun(r.Name, size, x), x}, nil
}

func newRun(name string, size int64, x *index) *run {
	n := len(x.portions)
	return &run{
		name: name, size: size, base: x.base, parent: x.parent, n: n, left: n, used: make([]uint64, (n+63)/64), index: x.at,
	}
}

// Own takes the rows of runs over from the log: the ledger says durably that
// they were forwarded. The runs count in the disk budget already.
func (s *Store) Own(loaded []*Loaded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range loaded {
		delete(s.unowned, l.run.parent)
		s.addRun(l, time.Now())
	}
	s.relieve()
	s.broadcast()
}

// addRun adds the portions of a run that are not consumed. The caller holds mu.
func (s *Store) addRun(l *Loaded, now time.Time) {
	number := s.nextRun
	s.nextRun++
	s.runs[number], s.byName[l.run.name] = l.run, number
	l.run.rules = s.intern(&l.index.rules)
	s.grow(l.run.memory())
	for i := range l.index.portions {
		if !l.run.consumed(uint32(i)) {
			s.addPortion(l.run.rules, &l.index.portions[i], ref{number, uint32(i)}, now)
		}
	}
}

func (s *Store) addPortion(rules *Rules, n *portion, at ref, now time.Time) {
	key := partKey{rules, n.key}
	p := s.parts[key]
	if p == nil {
		p = &partition{partKey: key, first: n.first, born: born(n.first, now)}
		s.parts[key] = p
		heap.Push(&s.ages, p)
		s.grow(p.memory())
	}
	if p.at < 0 {
		s.due += n.bytes
		s.freeing += refBytes
	}
	p.refs = append(p.refs, at)
	s.grow(refBytes)
	p.holds.Records += n.rows
	p.holds.Bytes += n.bytes
	p.first = min(p.first, n.first)
	s.check(p)
}

// born returns when a record that arrived at first, unix ns, would have
// arrived by this process's clock, which does not jump.
func born(first int64, now time.Time) time.Time {
	return now.Add(-max(0, now.Sub(time.Unix(0, first))))
}

// relieve makes the largest partitions ready while memory runs short. The
// caller holds mu.
func (s *Store) relieve() {
	if !s.memory.over(6, s.freeing) {
		return
	}
	all := slices.Clone(s.ages)
	slices.SortFunc(all, func(a, b *partition) int {
		return cmp.Or(cmp.Compare(b.holds.Bytes, a.holds.Bytes), cmp.Compare(a.key, b.key))
	})
	for _, p := range all {
		if !s.memory.over(5, s.freeing) {
			break
		}
		s.makeReady(p)
		s.early++
	}
}

// Room waits until there is room for the rows of another parent segment: while
// cuts are held up, records wait in the log, which costs no memory.
func (s *Store) Room(ctx context.Context) error {
	for {
		s.mu.Lock()
		room := s.due == 0 || s.due < 2*s.maxCut() && !s.memory.over(8, 0)
		changed := s.changed
		s.mu.Unlock()
		if room {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Stats are what a store holds.
type Stats struct {
	Partitions int       // that hold records and are not cut
	Early      int64     // partitions cut early because memory ran short
	Runs       int       // files
	Memory     int64     // bytes
	Oldest     time.Time // arrival of the oldest record; zero: there is none
}

// Stats returns what the store holds.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Stats{Partitions: len(s.parts), Early: s.early, Runs: len(s.runs), Memory: s.held}
	var first int64
	for _, p := range s.parts {
		if first == 0 || p.first < first {
			first = p.first
		}
	}
	for _, c := range append(slices.Clone(s.returned), s.out...) {
		if c.First.IsZero() {
			continue
		}
		if at := c.First.UnixNano(); first == 0 || at < first {
			first = at
		}
	}
	if first != 0 {
		out.Oldest = time.Unix(0, first).UTC()
	}
	return out
}

// Close gives back what the store holds of the budgets. Everything stays on
// disk.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		s.disk.Free(r.size)
	}
	s.grow(-s.held)
	s.runs = nil
}

// An ageHeap has the partition whose oldest record is the oldest first.
type ageHeap []*partition

func (h ageHeap) Len() int           { return len(h) }
func (h ageHeap) Less(i, j int) bool { return h[i].born.Before(h[j].born) }
func (h ageHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push implements heap.Interface.
func (h *ageHeap) Push(x any) {
	p := x.(*partition)
	p.at = len(*h)
	*h = append(*h, p)
}

// Pop implements heap.Interface.
func (h *ageHeap) Pop() any {
	old := *h
	p := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return p
}
