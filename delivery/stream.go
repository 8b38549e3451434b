package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
	"hydrant/delivery/partitions"
	"hydrant/delivery/receipts"
	"hydrant/sources"
)

// A stream is one running delivery stream: its log and the loop over it. Its
// start, change and stop are independent of the daemon's.
type stream struct {
	name    string
	dir     string
	options Options
	slots   chan struct{}
	space   *atomic.Int64 // free bytes of the file system; nil: not known
	disk    *buffer.Disk  // the stream's part of the budget
	log     Log
	store   *partitions.Store
	logger  *slog.Logger
	history history

	bufferSize atomic.Int64 // bytes of records in a full segment

	mu      sync.Mutex // guards what a change replaces
	recipe  *recipe
	loop    *loop
	stop    context.CancelFunc
	stopped chan struct{} // closed when the loop has returned

	stopTaking context.CancelFunc // ends the loop after the batch at hand

	changing sync.Mutex // held while the configuration is replaced
}

// A loop is what delivers a stream's segments under one recipe.
type loop struct {
	name    string
	dir     string
	fs      buffer.FS
	disk    *buffer.Disk
	log     Log
	store   *partitions.Store
	recipe  *recipe
	logger  *slog.Logger
	metrics Metrics
	slots   chan struct{} // bounds how many segments are prepared at once
	pace    *pace

	wind     context.Context // ended: take nothing more, and do not repeat what fails
	receipts *receipts.Store // nil: none are kept

	segments, cuts steps
}

// steps are how the steps of one pipeline fare.
type steps struct{ preparing, archiving, delivering, acking state }

// openStream recovers a stream's log. Nothing runs yet.
func openStream(o Options, slots chan struct{}, space *atomic.Int64, s configs.Stream) (*stream, error) {
	st := &stream{
		name: s.Name, dir: path.Join(o.DataDir, "streams", s.Name), options: o, slots: slots, space: space,
		disk:   o.Disk.Part(s.Buffer.MaxDisk),
		logger: o.Log.With("stream", s.Name),
	}
	if err := o.FS.MkdirAll(st.dir); err != nil {
		return nil, fmt.Errorf("delivery: stream %s: %w", s.Name, err)
	}
	var err error
	if st.history, err = loadHistory(o.FS, st.dir, s); err != nil {
		return nil, fmt.Errorf("delivery: stream %s: %w", s.Name, err)
	}
	if st.log, err = openLog(o, st.disk, st.dir, s, st.logger); err != nil {
		return nil, fmt.Errorf("delivery: stream %s: %w", s.Name, err)
	}
	if err := st.openPartitions(); err != nil {
		return nil, errors.Join(fmt.Errorf("delivery: stream %s: %w", s.Name, err), st.log.Close())
	}
	if err := st.sweep(); err != nil {
		return nil, errors.Join(err, st.closeLog())
	}
	return st, nil
}

// sweep deletes what a crash after the ledger line left: staging directories
// of segments that are done.
func (s *stream) sweep() error {
	pending := make(map[string]bool)
	for _, seq := range s.store.Undone() {
		pending[cutDir(seq)] = true
	}
	for _, id := range s.log.Pending() {
		pending[id.String()] = true
	}
	dir := path.Join(s.dir, "staging")
	names, err := s.options.FS.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("delivery: stream %s: %w", s.name, err)
	}
	for _, name := range names {
		if pending[strings.TrimSuffix(name, refusedSuffix)] {
			continue
		}
		if err := (staging{s.options.FS, path.Join(dir, name)}).remove(); err != nil {
			return fmt.Errorf("delivery: stream %s: %w", s.name, err)
		}
	}
	return nil
}

// start runs the loop under the configuration c, which must have been
// recorded in the stream's history.
func (s *stream) start(ctx context.Context, c configs.Stream) error {
	r, err := s.options.recipe(ctx, c, s.history.Version)
	if err != nil {
		return err
	}
	s.run(r)
	return nil
}

// recipe makes the recipe of a configuration. It waits for no destination.
func (o Options) recipe(ctx context.Context, c configs.Stream, version int) (*recipe, error) {
	parts, err := o.Build(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("delivery: stream %s: %w", c.Name, err)
	}
	r, err := newRecipe(c, version, parts, o.maxHeld())
	if err != nil {
		return nil, err
	}
	r.traced = o.receipts != nil
	return r, nil
}

// run starts a loop under r.
func (s *stream) run(r *recipe) {
	c := r.config
	s.bufferSize.Store(c.Buffer.Size)
	s.disk.SetMax(c.Buffer.MaxDisk)
	size, interval := segmentLimits(c)
	s.log.SetLimits(size, interval, c.Buffer.Async)
	s.log.SetKeys(c)
	s.store.SetLimits(partitions.Limits{Size: c.Buffer.Size, Interval: c.Buffer.Interval, Rules: r.rules})
	ctx, cancel := context.WithCancel(context.Background())
	wind, stopTaking := context.WithCancel(ctx)
	l := &loop{
		name: s.name, dir: s.dir, fs: s.options.FS, disk: s.disk, log: s.log, store: s.store, recipe: r,
		logger: s.logger, metrics: s.options.Metrics, slots: s.slots,
		pace: newPace(s.space), receipts: s.options.receipts, wind: wind,
	}
	stopped := make(chan struct{})
	s.mu.Lock()
	s.recipe, s.loop, s.stop, s.stopTaking, s.stopped = r, l, cancel, stopTaking, stopped
	s.mu.Unlock()
	go func() {
		defer close(stopped)
		l.supervise(ctx)
	}()
}

// supervise runs the loop until ctx ends or the log is closed; whatever else
// ends it is told and it starts again.
func (l *loop) supervise(ctx context.Context) {
	for failed := 1; ; failed++ {
		err := l.run(ctx)
		if l.wind.Err() != nil || errors.Is(err, buffer.ErrClosed) {
			return
		}
		l.logger.Error("delivery stopped unexpectedly and starts again", "err", err)
		if sleep(ctx, pause(failed, err)) != nil {
			return
		}
	}
}

// halt ends the loop and waits for it, within ctx. What it had not finished
// stays in the log.
func (s *stream) halt(ctx context.Context) error {
	s.mu.Lock()
	stop, stopped := s.stop, s.stopped
	s.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("delivery: stream %s: stop: %w", s.name, ctx.Err())
	}
}

// patience is how long a change waits for the batch that is being delivered.
const patience = 10 * time.Second

// windDown ends the loop after the batch that is being delivered, unless that
// fails or takes too long: then as halt does. So a batch of which a part is at
// the destination already is normally not given to another one.
func (s *stream) windDown(ctx context.Context) error {
	s.mu.Lock()
	stopTaking, stopped := s.stopTaking, s.stopped
	s.mu.Unlock()
	if stopTaking == nil {
		return nil
	}
	stopTaking()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-stopped:
	case <-late.C:
	case <-ctx.Done():
	}
	return s.halt(context.WithoutCancel(ctx))
}

// change replaces the configuration: the loop ends, plans that are durable
// stay as they are, and what has no plan yet is prepared under the new one.
// The old loop goes on until everything that can fail has worked.
func (s *stream) change(ctx context.Context, c configs.Stream) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	next := s.history.with(c, time.Now())
	r, err := s.options.recipe(ctx, c, next.Version)
	if err != nil {
		return err
	}
	if err := next.save(s.options.FS, s.dir); err != nil {
		return fmt.Errorf("delivery: stream %s: %w", s.name, err)
	}
	if err := s.windDown(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.history = next
	s.mu.Unlock()
	s.run(r)
	return nil
}

// close stops appends and the loop and closes the log. Everything that is
// pending stays on disk.
func (s *stream) close(ctx context.Context) error {
	s.log.StopAppends()
	s.changing.Lock()
	defer s.changing.Unlock()
	err := s.halt(ctx)
	return errors.Join(err, s.closeLog())
}

func (s *stream) closeLog() error {
	s.store.Close()
	return s.log.Close()
}

// Append implements [sources.Stream].
func (s *stream) Append(ctx context.Context, f *buffer.Frame) (buffer.Position, error) {
	start := time.Now()
	at, err := s.log.Append(ctx, f)
	s.options.Metrics.Appended(s.name, int64(f.Len()), f.Bytes(), time.Since(start), err)
	return at, err
}

// Info implements [sources.Stream].
func (s *stream) Info() sources.Info {
	s.mu.Lock()
	h, r := s.history, s.recipe
	s.mu.Unlock()
	c := r.config
	return sources.Info{
		Name: s.name, Version: h.Version, Created: h.Created, Updated: h.Updated,
		Bucket: c.Destination.S3.Bucket, Prefix: c.Destination.S3.Prefix, TimeZone: c.Destination.S3.TimeZone,
		ErrorBucket: c.ErrorSink.S3.Bucket, ErrorPrefix: c.ErrorSink.S3.Prefix,
		BufferBytes: c.Buffer.Size, BufferInterval: c.Buffer.Interval,
		Compression: c.Format.Compression, Format: c.Format.Kind,
	}
}
