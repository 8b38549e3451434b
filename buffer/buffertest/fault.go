package buffertest

import (
	"maps"
	"math/rand/v2"
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
			copies[n] = &inode{slices.Clone(n.data), slices.Clone(n.synced), slices.Clone(n.writes)}
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
