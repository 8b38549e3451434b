package buffer

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// readChunk is how much is read from a segment at once, in bytes.
const readChunk = 1 << 20

// keepChunk is the largest buffer that goes back to the pool, in bytes.
const keepChunk = 4 << 20

var chunks = sync.Pool{New: func() any { b := make([]byte, 0, readChunk); return &b }}

// A window is the part of a file that is in memory. It moves forward.
type window struct {
	r   io.ReaderAt
	end int64 // nothing is read from here on
	off int64 // of buf in the file
	buf *[]byte
}

func newWindow(r io.ReaderAt, off, end int64) window {
	w := window{r: r, end: end, off: off, buf: new([]byte)}
	if end-off > readChunk/4 {
		w.buf = chunks.Get().(*[]byte)
		*w.buf = (*w.buf)[:0]
	}
	return w
}

func (w *window) release() {
	if w.buf != nil && cap(*w.buf) >= readChunk && cap(*w.buf) <= keepChunk {
		chunks.Put(w.buf)
	}
	w.buf = nil
}

// bytes returns the n bytes at off, or fewer at the end. They are valid until
// the next call.
func (w *window) bytes(off int64, n int) ([]byte, error) {
	n = int(max(0, min(int64(n), w.end-off)))
	if have := w.off + int64(len(*w.buf)); off < w.off || off+int64(n) > have {
		if err := w.fill(off, n); err != nil {
			return nil, err
		}
		n = min(n, len(*w.buf))
	}
	at := int(off - w.off)
	return (*w.buf)[at : at+n : at+n], nil
}

// fill moves the window to off and reads at least n bytes, or up to the end of
// the file if that comes earlier than it should.
func (w *window) fill(off int64, n int) error {
	old := *w.buf
	want := int(min(int64(max(n, readChunk)), w.end-off))
	if cap(old) < want {
		*w.buf = make([]byte, want)
	} else {
		*w.buf = old[:want]
	}
	kept := 0
	if off >= w.off && off < w.off+int64(len(old)) {
		kept = copy(*w.buf, old[off-w.off:])
	}
	w.off = off
	got, err := w.r.ReadAt((*w.buf)[kept:], off+int64(kept))
	*w.buf = (*w.buf)[:kept+got]
	if kept+got == want {
		return nil
	}
	if errors.Is(err, io.EOF) { // the file is shorter than it was said to be
		w.end = off + int64(kept+got)
		return nil
	}
	return err
}

// A found is what a scanner met: a frame, or a place that is damaged.
type found struct {
	off, size int64

	frame   frameHeader
	payload []byte // records of the frame; nil for damage; valid until the next call
	key     []byte // key and digest of the frame; empty if it has none; valid until the next call

	lost  Counts // damage: what lay there, as far as what follows tells
	whole bool   // damage: a frame that is all there but for its checksum is part of it
}

// A place is how far a scanner came.
type place struct {
	off  int64
	seen tally // what lies before off
}

// A scanner walks over the frames of a segment and over damage between them.
// Recovery and reading share it, so that they agree on what can be read.
type scanner struct {
	place
	w     window
	tag   uint32
	total *Counts // what the segment holds; nil: nobody knows
}

func newScanner(r io.ReaderAt, end int64, tag uint32, total *Counts) *scanner {
	return &scanner{place: place{off: headerSize}, w: newWindow(r, headerSize, end), tag: tag, total: total}
}

// next returns the next frame or the next damaged place, which reaches up to
// the next good frame or the end. After an error, which is that of a read, it
// can be called again.
func (s *scanner) next() (found, error) {
	if s.off < s.w.end {
		h, payload, what, err := s.at(s.off)
		if err != nil {
			return found{}, err
		}
		if what == frameGood {
			f := found{off: s.off, size: frameHeaderSize + int64(h.size), frame: h,
				payload: payload[h.extra():], key: payload[:h.extra()]}
			s.place = place{s.off + f.size, s.seen.add(h)}
			return f, nil
		}
		return s.damage()
	}
	if s.total != nil && *s.total != s.seen.Counts {
		f := found{off: s.off, lost: s.total.minus(s.seen.Counts)}
		s.seen.Counts = *s.total
		return f, nil
	}
	return found{}, io.EOF
}

// damage passes over what is no good frame.
func (s *scanner) damage() (found, error) {
	f := found{off: s.off}
	for off := s.off; ; {
		if off >= s.w.end {
			return s.passed(f, s.w.end, nil), nil
		}
		h, _, what, err := s.at(off)
		switch {
		case err != nil:
			return found{}, err
		case what == frameGood:
			before := h.before(off)
			return s.passed(f, off, &before), nil
		case what == frameDamaged:
			f.whole = true
			off += frameHeaderSize + int64(h.size)
		case what == frameCut:
			off = s.w.end
		default:
			if off, err = s.search(off + 1); err != nil {
				return found{}, err
			}
		}
	}
}

// passed ends the damage f at off, before which lies what before counts; nil
// means that nobody knows better than the segment's total.
func (s *scanner) passed(f found, off int64, before *tally) found {
	seen := s.seen
	if before != nil {
		seen = *before
	} else if s.total != nil {
		seen.Counts = *s.total
	}
	f.size = off - f.off
	f.lost = seen.Counts.minus(s.seen.Counts)
	s.place = place{off, seen}
	return f
}

// The kinds of place that a scanner tells apart.
type kind int

const (
	noFrame      kind = iota // no header
	frameCut                 // a header that promises more bytes than there are
	frameDamaged             // a header, and bytes that do not match it
	frameGood
)

// at says what lies at off.
func (s *scanner) at(off int64) (frameHeader, []byte, kind, error) {
	h, ok, err := s.header(off)
	if err != nil || !ok {
		return h, nil, noFrame, err
	}
	if off+frameHeaderSize+int64(h.size) > s.w.end {
		return h, nil, frameCut, nil
	}
	payload, err := s.w.bytes(off+frameHeaderSize, int(h.size))
	switch {
	case err != nil:
		return h, nil, noFrame, err
	case len(payload) < int(h.size):
		return h, nil, frameCut, nil
	case !payloadOK(payload, h):
		return h, nil, frameDamaged, nil
	}
	return h, payload, frameGood, nil
}

// header reads the header at off and says whether it is one of this segment
// and agrees with what was read before.
func (s *scanner) header(off int64) (frameHeader, bool, error) {
	b, err := s.w.bytes(off, frameHeaderSize)
	if err != nil {
		return frameHeader{}, false, err
	}
	h, ok := getFrame(b, off)
	if !ok || h.tag != s.tag {
		return h, false, nil
	}
	before := h.before(off)
	after := before.add(h)
	if off == s.off && before != s.seen {
		return h, false, nil
	}
	ok = before.Records >= s.seen.Records && before.Bytes >= s.seen.Bytes && before.frames >= s.seen.frames
	if s.total != nil && (after.Records > s.total.Records || after.Bytes > s.total.Bytes) {
		ok = false
	}
	return h, ok, nil
}

// search returns the offset of the next header at or after off, or the end.
func (s *scanner) search(off int64) (int64, error) {
	for off < s.w.end {
		b, err := s.w.bytes(off, readChunk)
		if err != nil {
			return 0, err
		}
		i := bytes.Index(b, []byte(frameMagic))
		if i < 0 {
			off += int64(max(len(b)-len(frameMagic)+1, 1))
			continue
		}
		off += int64(i)
		if _, ok, err := s.header(off); err != nil || ok {
			return off, err
		}
		off++
	}
	return s.w.end, nil
}

// anyTag finds the first frame of whatever segment and makes its tag the one
// that the scanner looks for. It is for a segment whose identity is lost.
func (s *scanner) anyTag() (frameHeader, bool, error) {
	for off := int64(headerSize); off < s.w.end; off++ {
		b, err := s.w.bytes(off, readChunk)
		if err != nil {
			return frameHeader{}, false, err
		}
		i := bytes.Index(b, []byte(frameMagic))
		if i < 0 {
			off += int64(max(len(b)-len(frameMagic), 0))
			continue
		}
		off += int64(i)
		if b, err = s.w.bytes(off, frameHeaderSize); err != nil {
			return frameHeader{}, false, err
		}
		if h, ok := getFrame(b, off); ok {
			s.tag = h.tag
			return h, true, nil
		}
	}
	return frameHeader{}, false, nil
}
