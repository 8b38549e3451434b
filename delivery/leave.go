package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
)

// leavingFile is in a stream's directory from when it is removed from the
// configuration until all of it is delivered: the configuration that it is
// delivered under, with its secrets.
const leavingFile = "leaving.json"

// leaving is a stream that takes no more records and is drained.
type leaving struct {
	*stream
	cancel context.CancelFunc
	ended  chan struct{} // closed when nobody drains it any more
}

// An Orphan is a stream of which there are records, and no configuration.
type Orphan struct {
	Name    string
	Pending buffer.Counts
	// Forwarded is the part of Pending that is in partitions: only delivering
	// takes it out.
	Forwarded buffer.Counts
	Oldest    time.Time // arrival, of what is in the log; zero: nothing is
	Reason    string    // why it is not drained
}

// Check says whether a stream can be started, or changed, to s. It connects to
// nothing and changes nothing.
func (h *Hub) Check(ctx context.Context, s configs.Stream) error {
	_, err := h.options.recipe(ctx, s, 1)
	return err
}

// Remove makes a stream leave: it takes no more records from now on, what it
// holds is delivered, and then it is forgotten; its account stays on disk. It
// returns once this is decided durably: a process that is started later goes on
// with it ([Hub.Resume]). After an error the stream goes on as before.
func (h *Hub) Remove(name string) error {
	st, err := h.find(name)
	if err != nil {
		return err
	}
	st.changing.Lock()
	defer st.changing.Unlock()
	if err := st.noteLeaving(); err != nil {
		return fmt.Errorf("delivery: stream %s: remove: %w", name, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	st.log.StopAppends()
	delete(h.streams, name)
	h.leave(st)
	return nil
}

// leave drains st in the background. The caller holds mu.
func (h *Hub) leave(st *stream) {
	ctx, cancel := context.WithCancel(context.Background())
	l := &leaving{stream: st, cancel: cancel, ended: make(chan struct{})}
	h.leaving[st.name] = l
	go func() {
		defer close(l.ended)
		h.drain(ctx, l)
	}()
}

// drain waits until everything is delivered and forgets the stream.
func (h *Hub) drain(ctx context.Context, l *leaving) {
	for {
		err := l.log.Seal()
		if errors.Is(err, buffer.ErrClosed) { // only the note was left
			err = nil
		}
		for err == nil && l.log.Ledger().Pending.Records > 0 {
			if len(l.log.Pending()) == 0 {
				l.store.CutAll() // nothing more comes into the partitions
			}
			if sleep(ctx, 50*time.Millisecond) != nil {
				return
			}
		}
		if err == nil {
			err = l.close(ctx)
		}
		if err == nil {
			err = l.forgetLeaving()
		}
		if err == nil {
			break
		}
		l.logger.Warn("a removed stream could not be ended; it is tried again", "err", err)
		if sleep(ctx, firstPause) != nil {
			return
		}
	}
	l.logger.Info("a removed stream is drained")
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.leaving[l.name] == l {
		delete(h.leaving, l.name)
	}
}

// stay ends the draining of a stream, so that it can be started again.
func (h *Hub) stay(name string) error {
	h.mu.Lock()
	l := h.leaving[name]
	delete(h.leaving, name)
	h.mu.Unlock()
	if l == nil {
		return nil
	}
	l.cancel()
	<-l.ended
	return l.close(context.Background())
}

// stopLeaving ends all draining and returns the streams, which are not closed.
func (h *Hub) stopLeaving() []*stream {
	h.mu.Lock()
	all := slices.Collect(maps.Values(h.leaving))
	clear(h.leaving)
	h.mu.Unlock()
	var streams []*stream
	for _, l := range all {
		l.cancel()
		<-l.ended
		streams = append(streams, l.stream)
	}
	return streams
}

// Resume looks for streams on disk that do not run: it goes on draining those
// that were removed, and returns those with records that nobody delivers. The
// caller has started all streams that are configured.
func (h *Hub) Resume(ctx context.Context) ([]Orphan, error) {
	dir := path.Join(h.options.DataDir, "streams")
	names, err := h.options.FS.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("delivery: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orphans = nil
	for _, name := range names {
		if h.streams[name] != nil || h.leaving[name] != nil {
			continue
		}
		reason := "it is not in the configuration"
		if left, err := h.resume(ctx, path.Join(dir, name)); left && err == nil {
			continue
		} else if err != nil {
			reason = "it was removed from the configuration, and draining it failed: " + err.Error()
		}
		o, err := h.orphan(path.Join(dir, name), reason)
		if err != nil {
			return nil, fmt.Errorf("delivery: stream %s, which is not in the configuration: %w", name, err)
		}
		if o.Name = name; o.Pending.Records > 0 {
			h.orphans = append(h.orphans, o)
		}
	}
	return slices.Clone(h.orphans), nil
}

// resume goes on draining the stream in dir, if it leaves.
func (h *Hub) resume(ctx context.Context, dir string) (left bool, err error) {
	c, err := loadLeaving(h.options.FS, dir)
	if c == nil || err != nil {
		return false, err
	}
	st, err := openStream(h.options, h.slots, h.space, *c)
	if err != nil {
		return true, err
	}
	st.log.StopAppends()
	if err := st.start(ctx, *c); err != nil {
		return true, errors.Join(err, st.closeLog())
	}
	h.leave(st)
	return true, nil
}

// orphan counts what the stream in dir holds.
func (h *Hub) orphan(dir, reason string) (Orphan, error) {
	o := Orphan{Reason: reason}
	segments, err := Pending(h.options.FS, dir)
	for _, s := range segments {
		info := s.Info()
		o.Pending.Records += info.Records
		o.Pending.Bytes += info.Bytes
		if o.Oldest.IsZero() || info.First.Before(o.Oldest) {
			o.Oldest = info.First
		}
	}
	if err != nil {
		return o, err
	}
	o.Forwarded, err = inPartitions(h.options.FS, dir)
	o.Pending.Records += o.Forwarded.Records
	o.Pending.Bytes += o.Forwarded.Bytes
	return o, err
}

// inPartitions counts what has left the log of the stream in dir and waits in
// its partitions. It changes nothing and takes no lock.
func inPartitions(fsys buffer.FS, dir string) (n buffer.Counts, err error) {
	ledger, err := buffer.InspectLedger(fsys, path.Join(dir, "log"))
	for _, o := range ledger.Consumers {
		n.Records += o.Forwarded.Records
		n.Bytes += o.Forwarded.Bytes
	}
	return n, err
}

// Pending returns the segments of the stream in dir, a directory in streams,
// that hold records and are not done. It changes nothing and takes no lock.
func Pending(fsys buffer.FS, dir string) ([]buffer.StoredSegment, error) {
	log := path.Join(dir, "log")
	all, err := inspectLog(fsys, log)
	if err != nil {
		return nil, err
	}
	ledger, err := buffer.InspectLedger(fsys, log)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s buffer.StoredSegment) bool {
		return s.Info().Records == 0 && !s.Lost || ledger.Done(s.Info().Seq)
	}), nil
}

// noteLeaving makes durable that the stream leaves, and its configuration.
func (s *stream) noteLeaving() error {
	text, err := configs.EncodeStream(s.recipe.config)
	if err != nil {
		return err
	}
	return writeDurably(privately{s.options.FS}, s.dir, leavingFile, text)
}

// forgetLeaving takes back what noteLeaving did.
func (s *stream) forgetLeaving() error {
	err := s.options.FS.Remove(path.Join(s.dir, leavingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, s.options.FS.SyncDir(s.dir))
}

// loadLeaving returns the configuration of a stream that leaves, nil if it
// does not.
func loadLeaving(fsys buffer.FS, dir string) (*configs.Stream, error) {
	f, err := fsys.Open(path.Join(dir, leavingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := readAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	c, err := configs.DecodeStream(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", leavingFile, err)
	}
	return &c, nil
}

// privately creates files that only this user can read, where the file system
// knows of users.
type privately struct{ buffer.FS }

func (p privately) Create(name string) (buffer.File, error) {
	if fsys, ok := p.FS.(buffer.PrivateFS); ok {
		return fsys.CreatePrivate(name)
	}
	return p.FS.Create(name)
}
