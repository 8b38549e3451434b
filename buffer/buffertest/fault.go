package buffertest

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"syscall"
)

// An Op is one operation on the disk: its kind is create, open, edit, read,
// write, sync, truncate, rename, remove, mkdir, readdir or syncdir.
type Op struct {
	Kind string
	Name string // of the file or directory; of a rename: the new one
}

// A Fault makes operations fail.
type Fault struct {
	After int           // operations that still work; then one fails
	Err   error         // nil: EIO
	Only  func(Op) bool // counts and fails only these; nil: all
	Took  bool          // the failing operation has its effect all the same
	Stays bool          // every later one fails too
	met   bool
}

// Fail sets what fails from now on; nil: nothing does.
func (m *FS) Fail(f *Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// Decide asks decide about every operation from now on that no [Fault] is set
// for: whether it has its effect, and what it returns. nil: all of them work.
// It is called with the disk's lock held and must not use the disk.
func (m *FS) Decide(decide func(Op) (took bool, err error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decide = decide
}

// Met says whether the fault that was set made something fail.
func (m *FS) Met() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault != nil && m.fault.met
}

// Ops returns how many operations there were.
func (m *FS) Ops() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// step says whether op has its effect, and what it returns.
func (m *FS) step(op Op) (took bool, err error) {
	m.count++
	f := m.fault
	if f == nil && m.decide != nil {
		return m.decide(op)
	}
	if f == nil || f.Only != nil && !f.Only(op) {
		return true, nil
	}
	if f.met && !f.Stays {
		return true, nil
	}
	if f.After > 0 {
		f.After--
		return true, nil
	}
	f.met = true
	if err = f.Err; err == nil {
		err = syscall.EIO
	}
	return f.Took, err
}

// Kill returns the disk as a process finds it that starts after this one was
// killed while the machine kept running: nothing is lost, and what was not
// synced still is not. The two disks share nothing.
func (m *FS) Kill() *FS {
	m.mu.Lock()
	defer m.mu.Unlock()
	copies := map[*inode]*inode{nil: nil}
	clone := func(n *inode) *inode {
		if _, ok := copies[n]; !ok {
			copies[n] = &inode{data: slices.Clone(n.data), synced: slices.Clone(n.synced), writes: slices.Clone(n.writes)}
		}
		return copies[n]
	}
	next := NewFS()
	maps.Copy(next.dirs, m.dirs)
	for name, n := range m.now {
		next.now[name] = clone(n)
	}
	for name, n := range m.durable {
		next.durable[name] = clone(n)
	}
	for _, c := range m.changes {
		next.changes = append(next.changes, change{c.name, clone(c.node)})
	}
	return next
}

// Crash returns the disk as it is after a power cut that lost everything that
// was not synced.
func (m *FS) Crash() *FS {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.after(m.durable, func(n *inode) []byte { return n.synced })
}

// CrashTorn returns the disk as it may be after a power cut, chosen by seed:
// some of the changes to directories survive, the earlier ones first; of each
// file's writes some survive, the last of them in part, and a sector of what
// was not synced may be zero.
func (m *FS) CrashTorn(seed uint64) *FS {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := rand.New(rand.NewPCG(seed, 1))
	entries := maps.Clone(m.durable)
	for _, c := range m.changes[:r.IntN(len(m.changes)+1)] {
		c.apply(entries)
	}
	return m.after(entries, func(n *inode) []byte { return n.torn(r) })
}

const sector = 512

func (n *inode) torn(r *rand.Rand) []byte {
	data := slices.Clone(n.synced)
	if len(n.writes) == 0 {
		return data
	}
	last := r.IntN(len(n.writes))
	for _, w := range n.writes[:last] {
		data = w.apply(data)
	}
	if w := n.writes[last]; w.data != nil {
		data = append(data, w.data[:r.IntN(len(w.data)+1)]...)
	}
	if fresh := len(data) - len(n.synced); fresh > 0 && r.IntN(3) == 0 {
		at := len(n.synced) + r.IntN(fresh)
		clear(data[at:min(at+sector, len(data))])
	}
	return data
}

// CrashReordered returns the disk as it may be after a power cut, chosen by
// seed, that wrote later blocks and lost earlier ones: of each file's writes
// any may survive, whole or by sectors, with zeros where one is missing; each
// directory has its earlier changes, whatever became of another's.
func (m *FS) CrashReordered(seed uint64) *FS {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := rand.New(rand.NewPCG(seed, 2))
	byDir := make(map[string][]change)
	for _, c := range m.changes {
		byDir[path.Dir(c.name)] = append(byDir[path.Dir(c.name)], c)
	}
	entries := maps.Clone(m.durable)
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		for _, c := range byDir[dir][:r.IntN(len(byDir[dir])+1)] {
			c.apply(entries)
		}
	}
	return m.after(entries, func(n *inode) []byte { return n.reordered(r) })
}

func (n *inode) reordered(r *rand.Rand) []byte {
	data := slices.Clone(n.synced)
	for _, w := range n.writes {
		fate := r.IntN(3)
		if fate == 0 {
			continue
		}
		if w.data == nil {
			data = resize(data, w.size)
			continue
		}
		for off := 0; off < len(w.data); off += sector {
			if end := min(off+sector, len(w.data)); fate == 1 || r.IntN(2) == 0 {
				data = resize(data, max(len(data), w.size+end))
				copy(data[w.size+off:], w.data[off:end])
			}
		}
	}
	return data
}

// after returns a disk with the entries and what content makes of them.
func (m *FS) after(entries map[string]*inode, content func(*inode) []byte) *FS {
	next := NewFS()
	maps.Copy(next.dirs, m.dirs)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		data := slices.Clone(content(entries[name]))
		node := &inode{data: data, synced: data[:len(data):len(data)]}
		next.now[name], next.durable[name] = node, node
	}
	return next
}
