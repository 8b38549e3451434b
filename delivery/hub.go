package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
	"hydrant/delivery/partitions"
	"hydrant/sources"
)

// A Hub holds the running streams of one data directory. It is safe for
// concurrent use and implements [sources.Streams].
type Hub struct {
	options Options
	slots   chan struct{}
	space   *atomic.Int64 // free bytes of the file system; nil: not known
	lock    io.Closer

	mu      sync.RWMutex
	streams map[string]*stream
	refuse  bool // appends were stopped for good
	leaving map[string]*leaving
	orphans []Orphan

	stopWatch context.CancelFunc
	watched   chan struct{} // closed when nobody watches the disk any more
}

// Open takes the data directory for this process. It fails with
// [buffer.ErrLocked] when another has it. No stream runs yet.
func Open(o Options) (*Hub, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = noMetrics{}
	}
	o.memory = partitions.NewMemory(o.partitionMemory())
	if err := o.FS.MkdirAll(path.Join(o.DataDir, "streams")); err != nil {
		return nil, fmt.Errorf("delivery: data directory: %w", err)
	}
	lock, err := o.FS.Lock(path.Join(o.DataDir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("delivery: data directory %s: %w", o.DataDir, err)
	}
	if o.receipts, err = openReceipts(o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &Hub{
		options: o, lock: lock, streams: make(map[string]*stream), leaving: make(map[string]*leaving), slots: make(chan struct{}, o.prepareSlots()),
		stopWatch: cancel, watched: make(chan struct{}),
	}
	if fsys, ok := o.FS.(buffer.SpaceFS); ok {
		h.space = new(atomic.Int64)
		h.checkSpace(fsys)
	}
	go func() {
		defer close(h.watched)
		h.watchSpace(ctx)
	}()
	return h, nil
}

// What one segment's preparation may hold in memory, and the least of the
// process's memory that has to be there for each.
const (
	preparationBytes = 48 << 20
	memoryForEach    = 96 << 20
	partitionBytes   = 64 << 20 // of all partitions at most: not their rows, but where they lie
)

// prepareSlots is how many segments are prepared at once: as many as there are
// processors, if memory allows.
func (o Options) prepareSlots() int {
	n := runtime.GOMAXPROCS(0)
	if o.MaxMemory > 0 {
		n = min(n, int(o.MaxMemory/memoryForEach))
	}
	return max(n, 1)
}

func (o Options) maxHeld() int64 {
	if o.MaxMemory > 0 {
		return min(preparationBytes, o.MaxMemory/4)
	}
	return preparationBytes
}

// partitionMemory is what the partitions of all streams may hold in memory.
func (o Options) partitionMemory() int64 {
	if o.MaxMemory > 0 {
		return min(partitionBytes, o.MaxMemory/16)
	}
	return partitionBytes
}

// Start recovers a stream and runs it. It takes records when Start returns.
//
// A stream of that name that is being drained ends being drained: what it still
// holds is delivered under s.
func (h *Hub) Start(ctx context.Context, s configs.Stream) error {
	if err := h.stay(s.Name); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams[s.Name] != nil {
		return fmt.Errorf("delivery: stream %s runs already", s.Name)
	}
	if h.refuse {
		return fmt.Errorf("delivery: stream %s: %w", s.Name, buffer.ErrClosed)
	}
	st, err := openStream(h.options, h.slots, h.space, s)
	if err != nil {
		return err
	}
	if err := st.start(ctx, s); err != nil {
		return errors.Join(err, st.closeLog())
	}
	h.streams[s.Name] = st
	h.orphans = slices.DeleteFunc(h.orphans, func(o Orphan) bool { return o.Name == s.Name })
	if err := st.forgetLeaving(); err != nil { // the next start finds the stream configured, and removes it
		st.logger.Warn("the note that the stream leaves could not be removed", "err", err)
	}
	return nil
}

// Change puts a running stream under a changed configuration. Appends go on
// meanwhile; what has no plan yet is delivered under the new one.
func (h *Hub) Change(ctx context.Context, s configs.Stream) error {
	st, err := h.find(s.Name)
	if err != nil {
		return err
	}
	return st.change(ctx, s)
}

// Stop ends a stream. What is pending stays on disk until it is started again.
func (h *Hub) Stop(ctx context.Context, name string) error {
	st, err := h.find(name)
	if err != nil {
		return err
	}
	if err := st.close(ctx); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, name)
	return nil
}

func (h *Hub) find(name string) (*stream, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if st := h.streams[name]; st != nil {
		return st, nil
	}
	return nil, fmt.Errorf("delivery: stream %s is not running", name)
}

// Stream implements [sources.Streams].
func (h *Hub) Stream(name string) (sources.Stream, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	st, ok := h.streams[name]
	return st, ok
}

// Names implements [sources.Streams].
func (h *Hub) Names() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.streams))
}

func (h *Hub) all() []*stream {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := slices.Collect(maps.Values(h.streams))
	slices.SortFunc(all, func(a, b *stream) int { return strings.Compare(a.name, b.name) })
	return all
}

// Flush seals what the stream (all streams, if name is empty) took so far and
// waits until none of it is pending. It does not wait for what is appended
// meanwhile.
func (h *Hub) Flush(ctx context.Context, name string) error {
	streams := h.all()
	if name != "" {
		st, err := h.find(name)
		if err != nil {
			return err
		}
		streams = []*stream{st}
	}
	waiting := make(map[*stream]map[buffer.SegmentID]bool)
	for _, st := range streams {
		if err := st.log.Seal(); err != nil {
			return fmt.Errorf("delivery: flush stream %s: %w", st.name, err)
		}
		waiting[st] = make(map[buffer.SegmentID]bool)
		for _, id := range st.log.Pending() {
			waiting[st][id] = true
		}
	}
	for _, st := range streams {
		// First into the partitions, then out of them.
		err := until(ctx, func() bool { return !st.anyPending(waiting[st]) && !st.store.Awaits(waiting[st]) })
		if err == nil {
			mark := st.store.CutAll()
			err = until(ctx, func() bool { return st.store.Done(mark) })
		}
		if err != nil {
			return fmt.Errorf("delivery: flush stream %s: %w", st.name, err)
		}
	}
	return nil
}

// until waits until done says so.
func until(ctx context.Context, done func() bool) error {
	for !done() {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// anyPending says whether one of the segments is not done yet.
func (s *stream) anyPending(segments map[buffer.SegmentID]bool) bool {
	for _, id := range s.log.Pending() {
		if segments[id] {
			return true
		}
	}
	return false
}

// StopAppends makes all streams refuse records.
func (h *Hub) StopAppends() {
	h.mu.Lock()
	h.refuse = true
	h.mu.Unlock()
	for _, st := range h.all() {
		st.log.StopAppends()
	}
}

// Close ends all streams, within ctx, and gives the data directory back. What
// is pending stays on disk.
func (h *Hub) Close(ctx context.Context) error {
	h.StopAppends()
	errs := make(chan error)
	streams := append(h.all(), h.stopLeaving()...)
	for _, st := range streams {
		go func() { errs <- st.close(ctx) }()
	}
	var err error
	for range streams {
		err = errors.Join(err, <-errs)
	}
	h.stopWatch()
	<-h.watched
	return errors.Join(err, h.options.receipts.Close(), h.lock.Close())
}
