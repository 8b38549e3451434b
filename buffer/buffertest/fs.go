// Package buffertest has a disk for tests: [FS] keeps files in memory, knows
// what was synced and what was not, fails when it is told to, and shows what a
// power cut would leave.
package buffertest

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"sync"
	"syscall"

	"hydrant/buffer"
)

// FS is a [buffer.FS] in memory. Directories are durable once made; entries of
// files are durable after SyncDir, contents after Sync. It is safe for
// concurrent use.
type FS struct {
	mu      sync.Mutex
	now     map[string]*inode // what a running process sees
	durable map[string]*inode // what was synced
	changes []change          // of entries, since the directory was synced, in order
	dirs    map[string]bool
	locked  map[string]bool
	fault   *Fault
	decide  func(Op) (bool, error)
	limit   int64 // bytes that fit on the disk; 0: any number
	count   int
}

// A change is one of the entries of a directory.
type change struct {
	name string
	node *inode // nil: the entry went
}

// An inode is a file's contents. Its bytes are never overwritten in place.
type inode struct {
	data   []byte
	synced []byte
	writes []write // since the last sync
	// dropped are the places whose sync failed: the cache holds them and takes
	// them for clean, so that no later sync writes them.
	dropped []span
}

type span struct{ from, to int }

// A write appends data at the offset size, or cuts the file to size if it has
// none.
type write struct {
	data []byte
	size int
}

func (w write) apply(data []byte) []byte {
	if w.data == nil {
		return resize(data, w.size)
	}
	return append(data, w.data...)
}

func resize(data []byte, size int) []byte {
	cut := make([]byte, size)
	copy(cut, data)
	return cut
}

// NewFS returns an empty disk.
func NewFS() *FS {
	return &FS{
		now: make(map[string]*inode), durable: make(map[string]*inode),
		dirs: map[string]bool{".": true, "/": true}, locked: make(map[string]bool),
	}
}

// Limit makes the disk take total bytes of files and no more; 0: any number.
func (m *FS) Limit(total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limit = total
}

// Space returns the bytes that are free, and those that there are in all.
func (m *FS) Space() (free, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.limit == 0 {
		return math.MaxInt64, math.MaxInt64
	}
	return m.free(), m.limit
}

func (m *FS) free() int64 {
	if m.limit == 0 {
		return math.MaxInt64
	}
	free := m.limit
	for _, n := range m.now {
		free -= int64(len(n.data))
	}
	return max(free, 0)
}

// WriteFile makes a file, durably and past all faults.
func (m *FS) WriteFile(name string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data = slices.Clone(data)
	node := &inode{data: data, synced: data}
	m.now[name], m.durable[name] = node, node
}

// Erase removes a file, durably and past all faults.
func (m *FS) Erase(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.now, name)
	delete(m.durable, name)
	m.changes = slices.DeleteFunc(m.changes, func(c change) bool { return c.name == name })
}

// ReadFile returns a copy of what a file holds, past all faults.
func (m *FS) ReadFile(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find("read", name)
	if err != nil {
		return nil, err
	}
	return slices.Clone(node.data), nil
}

// Names returns the paths of all files in lexical order.
func (m *FS) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.now))
}

func (m *FS) find(op, name string) (*inode, error) {
	if node := m.now[name]; node != nil {
		return node, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

func (m *FS) link(name string, node *inode) {
	if node == nil {
		delete(m.now, name)
	} else {
		m.now[name] = node
	}
	m.changes = append(m.changes, change{name, node})
}

// Create makes a file that does not exist.
func (m *FS) Create(name string) (buffer.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirs[path.Dir(name)] {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrNotExist}
	}
	if m.now[name] != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	node := new(inode)
	if took, err := m.step(Op{"create", name}); err != nil {
		if took {
			m.link(name, node)
		}
		return nil, err
	}
	m.link(name, node)
	return &file{fs: m, node: node, name: name, writable: true}, nil
}

// Open opens a file for reading.
func (m *FS) Open(name string) (buffer.File, error) { return m.open("open", name) }

// Edit opens a file for reading and writing.
func (m *FS) Edit(name string) (buffer.File, error) { return m.open("edit", name) }

func (m *FS) open(op, name string) (buffer.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find(op, name)
	if err != nil {
		return nil, err
	}
	if _, err := m.step(Op{op, name}); err != nil {
		return nil, err
	}
	return &file{fs: m, node: node, name: name, writable: op == "edit"}, nil
}

// Rename gives a file another name, in place of a file that has it.
func (m *FS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find("rename", from)
	if err != nil {
		return err
	}
	took, err := m.step(Op{"rename", to})
	if took {
		m.link(to, node)
		m.link(from, nil)
	}
	return err
}

// Remove removes a file, or a directory in which nothing is.
func (m *FS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dirs[name] {
		return m.removeDir(name)
	}
	if _, err := m.find("remove", name); err != nil {
		return err
	}
	took, err := m.step(Op{"remove", name})
	if took {
		m.link(name, nil)
	}
	return err
}

func (m *FS) removeDir(name string) error {
	for other := range m.now {
		if path.Dir(other) == name {
			return &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
		}
	}
	took, err := m.step(Op{"remove", name})
	if took {
		delete(m.dirs, name)
		m.settle(name) // no entry outlives its directory
	}
	return err
}

// MkdirAll makes a directory and those above it.
func (m *FS) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	took, err := m.step(Op{"mkdir", dir})
	for ; took && !m.dirs[dir]; dir = path.Dir(dir) {
		m.dirs[dir] = true
	}
	return err
}

// ReadDir returns the names of the files and directories in dir, in order.
func (m *FS) ReadDir(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.step(Op{"readdir", dir}); err != nil {
		return nil, err
	}
	var names []string
	for name := range m.now {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	for name := range m.dirs {
		if path.Dir(name) == dir && name != dir {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// SyncDir makes the entries of dir durable.
func (m *FS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	took, err := m.step(Op{"syncdir", dir})
	if took {
		m.settle(dir)
	}
	return err
}

// settle makes the entries of dir durable.
func (m *FS) settle(dir string) {
	rest := m.changes[:0]
	for _, c := range m.changes {
		if path.Dir(c.name) == dir {
			c.apply(m.durable)
		} else {
			rest = append(rest, c)
		}
	}
	m.changes = rest
}

func (c change) apply(entries map[string]*inode) {
	if c.node == nil {
		delete(entries, c.name)
	} else {
		entries[c.name] = c.node
	}
}

// Lock takes a lock, or returns [buffer.ErrLocked].
func (m *FS) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked[name] {
		return nil, fmt.Errorf("%s: %w", name, buffer.ErrLocked)
	}
	m.locked[name] = true
	return unlock(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locked, name)
	}), nil
}

type unlock func()

func (u unlock) Close() error { u(); return nil }

// file is one open file.
type file struct {
	fs       *FS
	node     *inode
	name     string
	writable bool
	closed   bool
}

func (f *file) usable(write bool) error {
	if f.closed {
		return &fs.PathError{Op: "use", Path: f.name, Err: fs.ErrClosed}
	}
	if write && !f.writable {
		return &fs.PathError{Op: "write", Path: f.name, Err: fs.ErrPermission}
	}
	return nil
}

// Write appends. When it is made to fail, the first half is written.
func (f *file) Write(b []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.usable(true); err != nil {
		return 0, err
	}
	took, err := f.fs.step(Op{"write", f.name})
	if !took {
		b = b[:len(b)/2]
	}
	if free := f.fs.free(); err == nil && free < int64(len(b)) {
		b, err = b[:free], &fs.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	if len(b) > 0 {
		w := write{data: slices.Clone(b), size: len(f.node.data)}
		f.node.data = w.apply(f.node.data)
		f.node.writes = append(f.node.writes, w)
	}
	return len(b), err
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.usable(false); err != nil {
		return 0, err
	}
	if _, err := f.fs.step(Op{"read", f.name}); err != nil {
		return 0, err
	}
	n := copy(b, f.node.data[min(off, int64(len(f.node.data))):])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.usable(false); err != nil {
		return err
	}
	took, err := f.fs.step(Op{"sync", f.name})
	if took {
		f.node.settle()
	} else {
		f.node.drop()
	}
	return err
}

// settle makes the contents durable, except what an earlier sync dropped.
func (n *inode) settle() {
	n.synced = n.data[:len(n.data):len(n.data)]
	if len(n.dropped) > 0 {
		n.synced = slices.Clone(n.data)
	}
	for _, d := range n.dropped {
		clear(n.synced[d.from:min(d.to, len(n.synced))])
	}
	n.writes = nil
}

// drop is a sync that fails: what it should have written is not written by the
// next one either, and still read as if it had been.
func (n *inode) drop() {
	for _, w := range n.writes {
		if w.data != nil && w.size+len(w.data) <= len(n.data) {
			n.dropped = append(n.dropped, span{w.size, w.size + len(w.data)})
		}
	}
}

// cut forgets dropped places from size on: they will be written anew.
func (n *inode) cut(size int) {
	kept := n.dropped[:0]
	for _, d := range n.dropped {
		if d.to = min(d.to, size); d.from < d.to {
			kept = append(kept, d)
		}
	}
	n.dropped = kept
}

func (f *file) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.usable(true); err != nil {
		return err
	}
	took, err := f.fs.step(Op{"truncate", f.name})
	if took {
		w := write{size: int(size)}
		f.node.cut(int(size))
		f.node.data = w.apply(f.node.data)
		f.node.writes = append(f.node.writes, w)
	}
	return err
}

func (f *file) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.node.data)), f.usable(false)
}

func (f *file) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	err := f.usable(false)
	f.closed = true
	return err
}
