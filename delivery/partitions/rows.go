package partitions

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"

	"hydrant/buffer"
)

// maxOpen bounds the runs that a reader has open at once.
const maxOpen = 64

// A Reader reads the rows of cuts. One goroutine owns it.
type Reader struct {
	s       *Store
	open    map[uint32]*openRun
	clock   int64 // of uses
	buf     []byte
	extents []byte
	row     Row
	rows    rowReader
}

type openRun struct {
	f    buffer.File
	used int64
}

// NewReader returns a reader. The caller closes it.
func (s *Store) NewReader() *Reader { return &Reader{s: s, open: make(map[uint32]*openRun)} }

// Close closes the files.
func (r *Reader) Close() error {
	var err error
	for _, o := range r.open {
		err = errors.Join(err, o.f.Close())
	}
	clear(r.open)
	return err
}

// Each calls do for each row of the part, in the order of their arrival. The
// row is valid during the call. It returns how much the rows account for: less
// than the part holds if bytes are damaged; these are in quarantine then.
func (r *Reader) Each(p *Part, do func(*Row) error) (read buffer.Counts, err error) {
	for _, at := range p.refs {
		r.s.mu.Lock()
		run := r.s.runs[at.run]
		r.s.mu.Unlock()
		if err := r.portion(run, at, &read, do); err != nil {
			return read, err
		}
	}
	return read, nil
}

// portion reads one partition's share of one run.
func (r *Reader) portion(run *run, at ref, read *buffer.Counts, do func(*Row) error) error {
	f, err := r.file(run, at.run)
	if err != nil {
		return err
	}
	n, extents, err := r.locate(f, run, at.portion)
	if errors.Is(err, buffer.ErrCorrupt) {
		r.s.log.Error("the index of a run is damaged", "run", run.name, "err", err)
		return nil // the rows are missing in what is counted
	}
	if err != nil {
		return fmt.Errorf("partitions: index of run %s: %w", run.name, err)
	}
	r.rows.base, r.rows.parent = run.base, run.parent
	off := n.off
	for ; len(extents) > 0; extents = extents[extentSize:] {
		e := extent{binary.LittleEndian.Uint32(extents), binary.LittleEndian.Uint32(extents[4:])}
		if err := r.extent(f, run, off, e, read, do); err != nil {
			return err
		}
		off += int64(e.size)
	}
	return nil
}

// locate reads where a portion lies.
func (r *Reader) locate(f buffer.File, run *run, number uint32) (n portion, extents []byte, err error) {
	var b [portionSize]byte
	if _, err := f.ReadAt(b[:], run.index+int64(number)*portionSize); err != nil {
		return n, nil, damagedEnd(err)
	}
	if !sumOK(b[:]) {
		return n, nil, errDamaged
	}
	n.decode(b[:])
	if cap(r.extents) < n.n*extentSize {
		r.extents = make([]byte, n.n*extentSize)
	}
	extents = r.extents[:n.n*extentSize]
	_, err = f.ReadAt(extents, run.index+int64(run.n)*portionSize+int64(n.from)*extentSize)
	return n, extents, damagedEnd(err)
}

// damagedEnd says of a file that is too short that it is damaged.
func damagedEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("partitions: the file is too short: %w", buffer.ErrCorrupt)
	}
	return err
}

// extent reads one extent, and passes over it if it is damaged.
func (r *Reader) extent(f buffer.File, run *run, off int64, e extent, read *buffer.Counts, do func(*Row) error) error {
	if off > run.size || int64(e.size) > run.size-off { // its entry is damaged
		return nil
	}
	if cap(r.buf) < int(e.size) {
		r.buf = make([]byte, max(int(e.size), extentBytes))
	}
	b := r.buf[:e.size]
	if _, err := f.ReadAt(b, off); err != nil {
		if err = damagedEnd(err); !errors.Is(err, buffer.ErrCorrupt) {
			return fmt.Errorf("partitions: read run %s at %d: %w", run.name, off, err)
		}
		clear(b)
	}
	if crc32.Checksum(b, castagnoli) != e.crc {
		return r.s.keepDamaged(run.name, off, b)
	}
	for r.rows.b = b; len(r.rows.b) > 0; {
		if err := r.rows.next(&r.row); err != nil {
			return r.s.keepDamaged(run.name, off, b)
		}
		read.Records++
		read.Bytes += int64(len(r.row.Source))
		if err := do(&r.row); err != nil {
			return err
		}
	}
	return nil
}

// keepDamaged puts bytes aside for a person to look at.
func (s *Store) keepDamaged(run string, off int64, b []byte) error {
	dir, name := path.Join(s.dir, quarantineDir), fmt.Sprintf("%s-%d.bin", run, off)
	s.log.Error("a run of partitions is damaged; the readable rest is delivered", "run", run, "offset", off, "bytes", len(b))
	f, err := s.fs.Open(path.Join(dir, name))
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("partitions: quarantine: %w", err)
	}
	if err := s.fs.MkdirAll(dir); err != nil {
		return fmt.Errorf("partitions: quarantine: %w", err)
	}
	if err := replace(s.fs, dir, name, b); err != nil {
		return fmt.Errorf("partitions: quarantine: %w", err)
	}
	return nil
}

// file returns an open run.
func (r *Reader) file(run *run, number uint32) (buffer.File, error) {
	r.clock++
	if o := r.open[number]; o != nil {
		o.used = r.clock
		return o.f, nil
	}
	if len(r.open) >= maxOpen {
		if err := r.closeOldest(); err != nil {
			return nil, err
		}
	}
	f, err := r.s.fs.Open(path.Join(r.s.dir, run.name))
	if err != nil {
		return nil, fmt.Errorf("partitions: open run: %w", err)
	}
	r.open[number] = &openRun{f, r.clock}
	return f, nil
}

func (r *Reader) closeOldest() error {
	var oldest uint32
	at := int64(-1)
	for number, o := range r.open {
		if at < 0 || o.used < at {
			oldest, at = number, o.used
		}
	}
	f := r.open[oldest].f
	delete(r.open, oldest)
	return f.Close()
}
