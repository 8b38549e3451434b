package partitions

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"sync"

	"hydrant/buffer"
)

// A Writer gathers the rows of one parent segment in memory and writes them,
// each partition's together, to runs: one file for each time that its memory
// is full. One goroutine owns it.
type Writer struct {
	s      *Store
	parent buffer.SegmentInfo
	rules  Rules
	budget int // bytes of memory
	held   int // bytes of memory for rows and partitions

	arena *[]byte
	rows  []rowAt
	ids   map[string]int
	parts []gathered
	used  []int // partitions with rows in memory, in order of their first
	runs  []Run
}

// A rowAt is a row in the arena, and the next of its partition.
type rowAt struct {
	off, size uint32
	next      int32 // index of a row; -1: none
}

// A gathered is a partition's share of the rows in memory.
type gathered struct {
	key         string
	first, last int32 // rows; first is -1: none
	oldest      int64
	rows        int64
	bytes       int64
	extents     int // so far
	fill        int // bytes in the last of them
}

var arenas = sync.Pool{New: func() any { return new([]byte) }}

// NewWriter returns a writer of the rows of parent, which holds about budget
// bytes of memory. The caller has called [Store.Discard] for the parent.
func (s *Store) NewWriter(parent buffer.SegmentInfo, rules Rules, budget int) *Writer {
	w := &Writer{
		s: s, parent: parent, rules: rules, budget: budget,
		arena: arenas.Get().(*[]byte), ids: make(map[string]int),
	}
	if room := int(min(int64(budget), parent.Bytes+parent.Bytes/8)); cap(*w.arena) < room {
		*w.arena = make([]byte, 0, room+room/16)
	}
	return w
}

// What a row and a partition take beside their bytes.
const (
	rowOverhead       = 12
	gatheredPartition = 200
)

// Find returns the number of a partition that the writer knows. Numbers hold
// until the next Add returns.
func (w *Writer) Find(partition []byte) (id int, ok bool) {
	id, ok = w.ids[string(partition)]
	return id, ok
}

// Make returns the number of a partition that the writer does not know yet.
func (w *Writer) Make(partition []byte) int {
	id := len(w.parts)
	key := string(partition)
	w.ids[key] = id
	w.held += gatheredPartition + 2*len(key)
	w.parts = append(w.parts, gathered{key: key, first: -1})
	return id
}

// Add adds a row to a partition. It copies the row.
func (w *Writer) Add(id int, r *Row) error {
	off := len(*w.arena)
	*w.arena = r.append(*w.arena, w.base())
	p := &w.parts[id]
	row := int32(len(w.rows))
	size := len(*w.arena) - off
	w.held += rowOverhead + size
	w.rows = append(w.rows, rowAt{uint32(off), uint32(size), -1})
	arrival := r.Arrival.UnixNano()
	if p.first < 0 {
		p.first, p.oldest = row, arrival
		w.used = append(w.used, id)
	} else {
		w.rows[p.last].next = row
	}
	p.last = row
	p.oldest = min(p.oldest, arrival)
	p.rows++
	p.bytes += int64(len(r.Source))
	if p.extents == 0 || p.fill+size > extentBytes {
		p.extents, p.fill = p.extents+1, 0
	}
	p.fill += size
	if w.held < w.budget {
		return nil
	}
	return w.flush()
}

func (w *Writer) base() int64 { return w.parent.First.UnixNano() }

// Finish makes all runs durable and returns them.
func (w *Writer) Finish() ([]Run, error) {
	defer w.Abandon()
	if len(w.used) > 0 {
		if err := w.flush(); err != nil {
			return nil, err
		}
	}
	if len(w.runs) > 0 {
		if err := w.s.fs.SyncDir(w.s.dir); err != nil {
			return nil, fmt.Errorf("partitions: sync %s: %w", w.s.dir, err)
		}
	}
	return w.runs, nil
}

// Abandon gives the memory back. It may be called more than once.
func (w *Writer) Abandon() {
	if w.arena == nil {
		return
	}
	if cap(*w.arena) <= 2*w.budget {
		*w.arena = (*w.arena)[:0]
		arenas.Put(w.arena)
	}
	w.arena = nil
}

// flush writes what is in memory as one run.
func (w *Writer) flush() error {
	name := runName(w.parent.ID, len(w.runs))
	if err := w.s.making(w.parent.ID, name); err != nil {
		return err
	}
	f, err := w.s.fs.Create(path.Join(w.s.dir, name))
	if err != nil {
		return fmt.Errorf("partitions: create run: %w", err)
	}
	r, err := w.write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("partitions: write run %s: %w", name, err)
	}
	r.Name = name
	w.runs = append(w.runs, r)
	w.reset()
	return nil
}

func (w *Writer) reset() {
	*w.arena, w.rows = (*w.arena)[:0], w.rows[:0]
	w.parts, w.used, w.held = w.parts[:0], w.used[:0], 0
	clear(w.ids)
}

// writeBytes is how much is written to a run at once.
const writeBytes = 256 << 10

var outs = sync.Pool{New: func() any { return new([]byte) }}

// write writes head, rows and index, the index twice.
func (w *Writer) write(f buffer.File) (Run, error) {
	rules, err := w.rules.encode()
	if err != nil {
		return Run{}, err
	}
	x := &index{parent: w.parent.ID, number: uint32(len(w.runs)), base: w.base()}
	keys, extents := 0, 0
	for _, id := range w.used {
		keys += len(w.parts[id].key)
		extents += w.parts[id].extents
	}
	size := blockSize(len(w.used), extents, keys, len(rules))
	out := outs.Get().(*[]byte)
	defer outs.Put(out)
	*out = append((*out)[:0], head(size)...)
	for _, id := range w.used {
		if err := w.writePortion(f, out, x, &w.parts[id]); err != nil {
			return Run{}, err
		}
	}
	block := x.encode(rules)
	if int64(len(block)) != size {
		return Run{}, fmt.Errorf("index has %d bytes, want %d", len(block), size)
	}
	for _, b := range [][]byte{*out, block, block} {
		if _, err := f.Write(b); err != nil {
			return Run{}, err
		}
	}
	return Run{Size: headSize + x.data + 2*size, Holds: x.holds}, nil
}

// writePortion writes the rows of one partition, in extents. What is not
// written yet stays in out.
func (w *Writer) writePortion(f buffer.File, out *[]byte, x *index, p *gathered) error {
	n := portion{key: p.key, off: headSize + x.data, first: p.oldest, rows: p.rows, bytes: p.bytes, from: len(x.extents)}
	begin := len(*out)
	for i := p.first; i >= 0; i = w.rows[i].next {
		row := (*w.arena)[w.rows[i].off:][:w.rows[i].size]
		if len(*out) > begin && len(*out)-begin+len(row) > extentBytes {
			x.end((*out)[begin:])
			if _, err := f.Write(*out); err != nil {
				return err
			}
			*out, begin = (*out)[:0], 0
		}
		*out = append(*out, row...)
	}
	x.end((*out)[begin:])
	n.n = len(x.extents) - n.from
	x.portions = append(x.portions, n)
	x.holds.Records += p.rows
	x.holds.Bytes += p.bytes
	if len(*out) < writeBytes {
		return nil
	}
	_, err := f.Write(*out)
	*out = (*out)[:0]
	return err
}

// end notes an extent.
func (x *index) end(rows []byte) {
	x.extents = append(x.extents, extent{uint32(len(rows)), crc32.Checksum(rows, castagnoli)})
	x.data += int64(len(rows))
}

func runName(parent buffer.SegmentID, n int) string {
	return fmt.Sprintf("%s-%06d%s", parent, n, runSuffix)
}

const runSuffix = ".run"

// making notes a run that is being made, so that [Store.Discard] finds it.
func (s *Store) making(parent buffer.SegmentID, name string) error {
	s.mu.Lock()
	made := s.dirMade
	s.mu.Unlock()
	if !made {
		if err := s.fs.MkdirAll(s.dir); err != nil {
			return fmt.Errorf("partitions: make %s: %w", s.dir, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirMade = true
	s.unowned[parent] = append(s.unowned[parent], name)
	return nil
}

// Discard deletes what an unfinished try left of a parent segment's runs,
// durably. Without it a file that no plan names could be taken for a run.
func (s *Store) Discard(parent buffer.SegmentID) error {
	s.mu.Lock()
	names := s.unowned[parent]
	s.mu.Unlock()
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if err := s.fs.Remove(path.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("partitions: discard run: %w", err)
		}
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fmt.Errorf("partitions: discard runs: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unowned, parent)
	return nil
}
