package buffer

import (
	"errors"
	"fmt"
	"path"
	"sync"
	"time"
)

// An openSegment takes appends. The leader alone touches its file; the fields
// below are written by the leader under the log's mu.
type openSegment struct {
	identity
	f    File
	name string
	born time.Time // of the first record, by the monotonic clock

	acked  tally
	end    int64 // offset after the last acknowledged frame
	last   int64 // arrival of the last acknowledged frame, unix ns
	disk   int64 // bytes of the budget
	synced int64 // offset up to which the file is durable
}

// footer returns the footer of the segment once it also holds g.
func (s *openSegment) footer(g *group) footer {
	return footer{
		identity: s.identity, last: max(s.last, g.arrival),
		records: s.acked.Records + g.counts.Records, bytes: s.acked.Bytes + g.counts.Bytes,
		frames: s.acked.frames + int64(g.frames()), end: s.end + g.wire, keyed: s.acked.keys + g.keys,
	}
}

func (g *group) frames() int {
	if len(g.requests) == 0 || g.requests[0].command() {
		return 0
	}
	return len(g.requests)
}

// commit makes the group g durable. The leader calls it.
func (l *Log) commit(g *group) error {
	s := l.open
	switch {
	case s != nil:
	case g.counts.Records == 0:
		return nil // a command, and nothing is open
	default:
		var err error
		if s, err = l.create(g); err != nil {
			l.failed(g)
			return fmt.Errorf("buffer: append to %s: %w", l.dir, err)
		}
	}
	err := l.write(s, g)
	if err != nil {
		err = fmt.Errorf("buffer: append to %s at %d: %w", path.Join(l.dir, s.name), s.end, full(err))
		l.abandon(s, g, err)
		return err
	}
	l.committed(s, g)
	if g.seal || g.close {
		err = s.f.Close() // synced already: nothing depends on it
	}
	if err != nil {
		l.log.Warn("closing a segment failed", "segment", s.id, "err", err)
	}
	return nil
}

// create makes the file of the next segment. Its header is written with the
// first group, and its name becomes durable with it too.
func (l *Log) create(g *group) (*openSegment, error) {
	l.mu.Lock()
	l.seq++
	l.lastID = l.lastID.next(time.Unix(0, g.arrival))
	s := &openSegment{identity: identity{id: l.lastID, seq: l.seq, first: g.arrival}, born: time.Now()}
	l.mu.Unlock()
	s.name = segmentName(s.seq)
	f, err := l.fs.Create(path.Join(l.dir, s.name))
	if err != nil {
		return nil, full(err)
	}
	s.f = f
	return s, nil
}

// write writes and syncs. When it returns nil, everything in g may be
// acknowledged.
func (l *Log) write(s *openSegment, g *group) error {
	w := newCoalescer(s.f)
	defer w.release()
	fresh := s.end == 0
	if fresh {
		w.add(s.header())
		s.end = headerSize
	}
	l.writeFrames(w, s, g)
	if g.seal {
		w.add(s.footer(g).encode())
	}
	if err := w.flush(); err != nil {
		return err
	}
	if g.sync && (w.wrote || s.synced < s.end) {
		start := time.Now()
		err := s.f.Sync()
		l.sync(time.Since(start))
		if err != nil {
			return err
		}
	}
	if fresh {
		return l.fs.SyncDir(l.dir)
	}
	return nil
}

// writeFrames completes each frame's header with its place and writes it.
func (l *Log) writeFrames(w *coalescer, s *openSegment, g *group) {
	off, seen, tag := s.end, s.acked, s.tag()
	for _, r := range g.requests[:g.frames()] {
		h := r.header
		h.arrival, h.tag = g.arrival, tag
		h.records, h.frames, h.keys = uint32(seen.Records), uint32(seen.frames), seen.keys
		b := r.frame.wire()
		h.put(b, off)
		w.add(b)
		r.pos, r.header.arrival = Position{Segment: s.id, Offset: uint64(off)}, g.arrival
		off += int64(len(b))
		seen = seen.add(h)
	}
}

// committed makes a group that is durable visible, and arms the timers.
func (l *Log) committed(s *openSegment, g *group) {
	l.mu.Lock()
	defer l.mu.Unlock()
	foot := s.footer(g)
	first := l.open == nil
	if first {
		l.open = s
		s.disk = headerSize + footerSize
		l.forceDisk(s.disk)
	}
	dirty := s.end > s.synced
	s.acked = tally{Counts{foot.records, foot.bytes}, foot.frames, foot.keyed}
	s.end, s.last, s.disk = foot.end, foot.last, s.disk+g.wire
	if g.sync {
		s.synced = s.end
	}
	if n := g.frames(); n > 0 {
		l.stats.Groups++
		l.stats.Appends += int64(n)
		l.stats.Records += g.counts.Records
		l.stats.Bytes += g.counts.Bytes
	}
	for _, r := range g.requests[:g.frames()] {
		if r.frame.keyed {
			l.keys.accepted(r)
		}
	}
	switch {
	case g.seal:
		l.sealed(s)
	case g.close:
	default:
		if first {
			l.armSeal()
		}
		if !g.sync && (first || !dirty) {
			l.armSync()
		}
	}
}

// sealed hands s, which is no longer open, to the consumers. The caller holds
// mu.
func (l *Log) sealed(s *openSegment) {
	if l.open == s {
		l.stopTimers()
		l.open = nil
	}
	l.addSegment(&Segment{
		fs: l.fs, dir: l.dir, name: s.name, kept: l.kept, disk: s.disk,
		foot: s.footer(&group{}),
	}, l.order)
	l.stats.Sealed++
	l.broadcast()
}

// failed counts a group that was not written, and gives its budget back.
func (l *Log) failed(g *group) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.Failures++
	l.forceDisk(-g.wire)
}

// abandon gives up a file in which a write or a sync failed: nothing is
// acknowledged from it again. What was acknowledged before is cut off the rest
// and sealed. If the disk refuses that too, the segment still ends there for
// this process; a restart may then find frames behind it whose appenders were
// told of an error, and deliver them.
func (l *Log) abandon(s *openSegment, g *group, cause error) {
	l.failed(g)
	empty := s.acked.Records == 0
	err := l.cut(s, empty)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.log.Error("a segment with a failed write could not be cut", "segment", s.id, "end", s.end, "err", err)
		s.disk += g.wire
		l.forceDisk(g.wire)
	}
	if !empty {
		l.log.Warn("gave up a segment after a failed write", "segment", s.id, "end", s.end, "err", cause)
		l.sealed(s)
	}
}

// cut ends the file of s after what was acknowledged.
func (l *Log) cut(s *openSegment, empty bool) error {
	if empty {
		return errors.Join(s.f.Close(), l.fs.Remove(path.Join(l.dir, s.name)))
	}
	return errors.Join(endFile(s.f, s.footer(&group{})), s.f.Close())
}

// endFile cuts a segment's file where foot says, and writes foot durably.
func endFile(f File, foot footer) error {
	if err := f.Truncate(foot.end); err != nil {
		return err
	}
	if _, err := f.Write(foot.encode()); err != nil {
		return err
	}
	return f.Sync()
}

// directWrite is the size from which on bytes are written without a copy.
const directWrite = 32 << 10

var coalesced = sync.Pool{New: func() any { b := make([]byte, 0, 8*directWrite); return &b }}

// A coalescer writes small pieces together and large ones by themselves. Its
// first error stays.
type coalescer struct {
	f     File
	buf   *[]byte
	wrote bool
	err   error
}

func newCoalescer(f File) *coalescer {
	return &coalescer{f: f, buf: coalesced.Get().(*[]byte)}
}

func (c *coalescer) add(b []byte) {
	if len(*c.buf)+len(b) > cap(*c.buf) || len(b) >= directWrite {
		c.flush()
	}
	if len(b) >= directWrite {
		c.write(b)
		return
	}
	*c.buf = append(*c.buf, b...)
}

func (c *coalescer) flush() error {
	if len(*c.buf) > 0 {
		c.write(*c.buf)
		*c.buf = (*c.buf)[:0]
	}
	return c.err
}

func (c *coalescer) write(b []byte) {
	if c.err == nil {
		c.wrote = true
		_, c.err = c.f.Write(b)
	}
}

func (c *coalescer) release() {
	*c.buf = (*c.buf)[:0]
	coalesced.Put(c.buf)
}
