package simulation

import (
	"errors"
	"io"
	"syscall"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

// errDead is what a process gets that doesn't exist any more: nothing that it
// does has an effect.
var errDead = errors.New("simulation: the process is dead")

// A disk is the world's disk as one process sees it.
type disk struct {
	w  *world
	on *process
	fs *buffertest.FS
}

// do does one operation, unless the process dies before it, and returns its
// error, unless it dies after it. It takes time, so that others come between,
// in an order that the seed decides.
func (d *disk) do(kind, name string, op func() error) error {
	time.Sleep(d.w.diskTime(d.on, kind, name))
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	if d.w.tick(d.on, kind) {
		return errDead
	}
	err := op()
	if d.w.tick(d.on, kind) {
		return errDead
	}
	return err
}

// diskTime is how long an operation takes. While a process starts it takes
// none: the hub then holds a lock that the watcher of the free space waits for,
// and a clock in synctest stands still while somebody waits for a lock.
func (w *world) diskTime(on *process, kind, name string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if on.dead || on.starting {
		return 0
	}
	most := 50 * time.Microsecond
	if kind == "sync" || kind == "syncdir" {
		most = 5 * time.Millisecond
	}
	return time.Duration(w.roll("time", kind, name) % uint64(most))
}

func (d *disk) file(kind, name string, open func() (buffer.File, error)) (buffer.File, error) {
	var f buffer.File
	err := d.do(kind, name, func() (err error) { f, err = open(); return err })
	if err != nil {
		return nil, err
	}
	return &diskFile{d, f, name}, nil
}

func (d *disk) Create(name string) (buffer.File, error) {
	return d.file("create", name, func() (buffer.File, error) { return d.fs.Create(name) })
}

func (d *disk) Open(name string) (buffer.File, error) {
	return d.file("open", name, func() (buffer.File, error) { return d.fs.Open(name) })
}

func (d *disk) Edit(name string) (buffer.File, error) {
	return d.file("edit", name, func() (buffer.File, error) { return d.fs.Edit(name) })
}

func (d *disk) Rename(from, to string) error {
	return d.do("rename", to, func() error { return d.fs.Rename(from, to) })
}

func (d *disk) Remove(name string) error {
	return d.do("remove", name, func() error { return d.fs.Remove(name) })
}
func (d *disk) MkdirAll(dir string) error {
	return d.do("mkdir", dir, func() error { return d.fs.MkdirAll(dir) })
}
func (d *disk) SyncDir(dir string) error {
	return d.do("syncdir", dir, func() error { return d.fs.SyncDir(dir) })
}

func (d *disk) ReadDir(dir string) (names []string, err error) {
	err = d.do("readdir", dir, func() (err error) { names, err = d.fs.ReadDir(dir); return err })
	return names, err
}

func (d *disk) Lock(name string) (c io.Closer, err error) {
	err = d.do("lock", name, func() (err error) { c, err = d.fs.Lock(name); return err })
	return c, err
}

// A sizedDisk knows how full it is.
type sizedDisk struct{ *disk }

func (d sizedDisk) Space(string) (free, total int64, err error) {
	free, total = d.fs.Space()
	return free, total, nil
}

type diskFile struct {
	d    *disk
	f    buffer.File
	name string
}

func (f *diskFile) Write(b []byte) (n int, err error) {
	err = f.d.do("write", f.name, func() (err error) { n, err = f.f.Write(b); return err })
	return n, err
}

func (f *diskFile) ReadAt(b []byte, off int64) (n int, err error) {
	err = f.d.do("read", f.name, func() (err error) { n, err = f.f.ReadAt(b, off); return err })
	return n, err
}

func (f *diskFile) Size() (n int64, err error) {
	err = f.d.do("size", f.name, func() (err error) { n, err = f.f.Size(); return err })
	return n, err
}

func (f *diskFile) Sync() error { return f.d.do("sync", f.name, f.f.Sync) }
func (f *diskFile) Truncate(n int64) error {
	return f.d.do("truncate", f.name, func() error { return f.f.Truncate(n) })
}
func (f *diskFile) Close() error { return f.d.do("close", f.name, f.f.Close) }

// diskFault decides whether an operation of the disk fails: one in d.rate of
// the kinds in d.kinds does.
func (w *world) diskFault(op buffertest.Op) (took bool, err error) {
	w.trace(op.Kind, op.Name)
	if w.diskRate == 0 || w.diskKinds != "" && w.diskKinds != op.Kind {
		return true, nil
	}
	h := w.roll("disk", op.Kind, op.Name)
	if h%uint64(w.diskRate) != 0 {
		return true, nil
	}
	err, what := error(syscall.EIO), "EIO"
	if (op.Kind == "write" || op.Kind == "create") && h>>20%2 == 0 {
		err, what = syscall.ENOSPC, "ENOSPC"
	}
	took = h>>24%3 == 0
	if took {
		w.count("disk: " + op.Kind + " fails and has its effect")
	} else {
		w.count("disk: " + what + " on " + op.Kind)
	}
	return took, err
}
