package partitions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"slices"
	"sync"

	"hydrant/buffer"
)

const (
	consumedName    = "consumed"
	consumedVersion = 1
)

// compactConsumed is the size in bytes from which on the list is written anew.
const compactConsumed = 1 << 20

// A consumed list says durably which portions of the runs are done. Each line
// is eight hexadecimal digits of CRC-32C, a space, and JSON. It is replaced by
// a short one now and then.
type consumed struct {
	fs  buffer.FS
	dir string

	mu     sync.Mutex
	runs   map[string]*portions
	seq    uint64
	lastID buffer.SegmentID
	size   int64
	least  int64 // size after the last replacement
	broken bool  // a write failed: the list is replaced before it is trusted again
}

// portions is a bitmap.
type portions struct{ bits []uint64 }

func (p *portions) set(n uint32) {
	for int(n/64) >= len(p.bits) {
		p.bits = append(p.bits, 0)
	}
	p.bits[n/64] |= 1 << (n % 64)
}

type consumedLine struct {
	Version int              `json:"version,omitempty"`
	Lines   int              `json:"lines,omitempty"` // written with the first, itself included
	Seq     uint64           `json:"seq,omitempty"`
	ID      buffer.SegmentID `json:"id,omitzero"`
	Runs    []string         `json:"runs,omitempty"`
	Ranges  [][]uint32       `json:"ranges,omitempty"` // of each run: first portion, how many, first, how many, ...
}

func (n consumedLine) append(b []byte) ([]byte, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return b, err
	}
	return fmt.Appendf(b, "%08x %s\n", crc32.Checksum(text, castagnoli), text), nil
}

// add notes a cut durably.
func (c *consumed) add(t *Taken) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := t.line()
	c.apply(n)
	if c.broken || c.size > max(compactConsumed, 2*c.least) {
		return c.replace()
	}
	err := c.write(n)
	c.broken = err != nil
	return err
}

// line says what t takes.
func (t *Taken) line() consumedLine {
	n := consumedLine{Seq: t.Seq, ID: t.ID}
	portions := make([][]uint32, len(t.Runs))
	for _, flat := range t.Parts {
		for i := 0; i+1 < len(flat) && int(flat[i]) < len(portions); i += 2 {
			portions[flat[i]] = append(portions[flat[i]], flat[i+1])
		}
	}
	for i, list := range portions {
		slices.Sort(list)
		n.Runs, n.Ranges = append(n.Runs, t.Runs[i]), append(n.Ranges, ranges(list))
	}
	return n
}

// ranges returns pairs of a first number and how many follow each other.
func ranges(sorted []uint32) (out []uint32) {
	for i, n := range sorted {
		if i > 0 && n == sorted[i-1]+1 {
			out[len(out)-1]++
			continue
		}
		out = append(out, n, 1)
	}
	return out
}

func (c *consumed) apply(n consumedLine) {
	c.seq = max(c.seq, n.Seq)
	if string(n.ID[:]) > string(c.lastID[:]) {
		c.lastID = n.ID
	}
	for i, name := range n.Runs {
		p := c.runs[name]
		if p == nil {
			p = new(portions)
			c.runs[name] = p
		}
		for j := 0; j+1 < len(n.Ranges[i]); j += 2 {
			for k := range n.Ranges[i][j+1] {
				p.set(n.Ranges[i][j] + k)
			}
		}
	}
}

func (c *consumed) write(n consumedLine) error {
	b, err := n.append(nil)
	if err != nil {
		return err
	}
	f, err := c.fs.Edit(path.Join(c.dir, consumedName))
	if errors.Is(err, fs.ErrNotExist) {
		return c.replace() // the first
	}
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	c.size += int64(len(b))
	return errors.Join(err, f.Close())
}

// forget drops a run whose file is gone for good.
func (c *consumed) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.runs, name)
}

// replace writes the list anew. A crash leaves the old one or the new.
func (c *consumed) replace() error {
	c.broken = true // until it is known to be durable
	n := consumedLine{Version: consumedVersion, Lines: 1 + len(c.runs), Seq: c.seq, ID: c.lastID}
	b, err := n.append(nil)
	for name, p := range c.runs {
		var list []uint32
		for i := range uint32(len(p.bits) * 64) {
			if p.bits[i/64]&(1<<(i%64)) != 0 {
				list = append(list, i)
			}
		}
		if err == nil {
			b, err = consumedLine{Runs: []string{name}, Ranges: [][]uint32{ranges(list)}}.append(b)
		}
	}
	if err == nil {
		err = replace(c.fs, c.dir, consumedName, b)
	}
	if err != nil {
		return fmt.Errorf("partitions: list of what is consumed: %w", err)
	}
	c.broken, c.size, c.least = false, int64(len(b)), int64(len(b))
	return nil
}

// replace makes a small file hold data: all of it or what it held before.
func replace(fsys buffer.FS, dir, name string, data []byte) error {
	temp := path.Join(dir, name+".tmp")
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := fsys.Create(temp)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(temp, path.Join(dir, name)); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// readConsumed reads the list in dir. A line that is torn at the end was never
// promised: its cut's plan is still there.
func readConsumed(fsys buffer.FS, dir string) (*consumed, error) {
	c := &consumed{fs: fsys, dir: dir, runs: make(map[string]*portions)}
	data, err := readFile(fsys, path.Join(dir, consumedName))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	for n, promised := 0, 1; len(data) > 0; n++ {
		text, rest, whole := bytes.Cut(data, []byte("\n"))
		line, ok := parseConsumed(text)
		if (!ok || !whole) && len(rest) == 0 && n >= promised {
			return c, nil
		}
		if !ok || !whole {
			return nil, fmt.Errorf("line %d of %s does not match its checksum; restore the file: without it records "+
				"would be delivered again: %w", n+1, path.Join(dir, consumedName), buffer.ErrCorrupt)
		}
		if n == 0 && line.Version != consumedVersion {
			return nil, fmt.Errorf("%s: format %d: %w", path.Join(dir, consumedName), line.Version, buffer.ErrVersion)
		}
		if n == 0 {
			promised = line.Lines
		}
		c.apply(line)
		data = rest
	}
	return c, nil
}

func parseConsumed(b []byte) (n consumedLine, ok bool) {
	if len(b) < 9 || b[8] != ' ' || string(b[:8]) != fmt.Sprintf("%08x", crc32.Checksum(b[9:], castagnoli)) {
		return n, false
	}
	if json.Unmarshal(b[9:], &n) != nil || len(n.Ranges) != len(n.Runs) {
		return n, false
	}
	for _, list := range n.Ranges {
		for j := 0; j+1 < len(list); j += 2 {
			if uint64(list[j])+uint64(list[j+1]) > 1<<31 {
				return n, false
			}
		}
	}
	return n, true
}

// maxConsumed bounds what is read of the list, in bytes.
const maxConsumed = 256 << 20

func readFile(fsys buffer.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	size, err := f.Size()
	if err != nil || size == 0 {
		return nil, err
	}
	if size > maxConsumed {
		return nil, fmt.Errorf("%s: %d bytes are too many: %w", name, size, buffer.ErrCorrupt)
	}
	data := make([]byte, size)
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil, err
	}
	return data, nil
}
