package delivery

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"hydrant/configs"
)

// usualWorkers is how many batches of a stream are under way at once: one is
// prepared while the one before it is shipped.
const usualWorkers = 2

// MostWorkers is how many batches of a stream are under way at once, at the
// most, while it is behind.
func MostWorkers() int { return usualWorkers + max(2, min(runtime.GOMAXPROCS(0), 8)) }

// largest is the most that destinations take well in one object, in bytes of
// records (Firehose API reference, S3 BufferingHints: 128 MiB).
var largest = map[string]int64{"s3": 128 << 20}

// LargestBatch returns how large the batches of s get while it is behind, in
// bytes of records: buffer.size or more. Partitions are batches by themselves
// and stay as they are.
func LargestBatch(s configs.Stream) int64 {
	if len(s.PartitionBy) > 0 {
		return s.Buffer.Size
	}
	return max(s.Buffer.Size, largest[s.Destination.Kind])
}

// A pace is how many batches of a stream are under way, and how many may be.
type pace struct {
	underWay atomic.Int32
	left     chan struct{} // has a value after a batch has left
	space    *atomic.Int64 // free bytes of the file system; nil: not known
}

func newPace(space *atomic.Int64) *pace { return &pace{left: make(chan struct{}, 1), space: space} }

// behind returns how far a stream is behind beyond one batch, in bytes of
// records that wait; 0: it is not. taken are bytes that were taken just now.
func (l *loop) behind(taken int64) int64 {
	_, waiting := l.log.Ready()
	if waiting += taken; waiting > l.recipe.config.Buffer.Size {
		return waiting
	}
	return 0
}

// batchTarget returns the bytes of records that the next batch may have:
// buffer.size, and while the stream is behind by more than that as much as
// waits, up to what the destination and the free disk have room for.
func (l *loop) batchTarget(taken int64) int64 {
	size := l.recipe.config.Buffer.Size
	room := int64(math.MaxInt64)
	if l.pace.space != nil {
		room = l.pace.space.Load() / int64(2*MostWorkers())
	}
	return max(size, min(l.behind(taken), LargestBatch(l.recipe.config), room))
}

// workers returns how many batches of segments may be under way now. More of
// them are no use while a destination fails.
func (l *loop) workers() int {
	for _, s := range []*state{&l.segments.delivering, &l.segments.archiving} {
		if failed, _, _ := s.snapshot(); failed > 0 {
			return usualWorkers
		}
	}
	if l.recipe.rules != nil || l.behind(0) == 0 { // splitting is bounded by the partitions' room
		return usualWorkers
	}
	return MostWorkers()
}

// enter waits until another batch may be under way.
func (p *pace) enter(ctx context.Context, workers func() int) error {
	for int(p.underWay.Load()) >= workers() {
		select {
		case <-p.left:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.underWay.Add(1)
	return nil
}

// leave ends what enter began.
func (p *pace) leave() {
	p.underWay.Add(-1)
	select {
	case p.left <- struct{}{}:
	default:
	}
}

// rest waits until another try is due: after d, or as soon as another batch
// has shown that the place works again. It returns early with ctx's error.
func (s *state) rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-s.recovered():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// recovered returns a channel that is closed when a try works.
func (s *state) recovered() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again == nil {
		s.again = make(chan struct{})
	}
	return s.again
}
