package buffer

import (
	"fmt"
	"sync/atomic"
)

// Disk is a budget of disk space that logs share. It is safe for concurrent
// use. A nil *Disk has no limit and counts nothing.
//
// Budgets nest: what is taken out of a part (see [Disk.Part]) is taken out of
// the whole, too, so that one log's backlog can't take the others' disk.
type Disk struct {
	whole *Disk // nil: this is no part
	max   atomic.Int64
	used  atomic.Int64
	room  atomic.Pointer[room] // of the file system itself; nil: not known
}

// NewDisk returns a budget of max bytes; 0 means without limit.
func NewDisk(max int64) *Disk { return newDisk(nil, max) }

func newDisk(whole *Disk, max int64) *Disk {
	d := &Disk{whole: whole}
	d.max.Store(max)
	return d
}

// Part returns a budget of max bytes within d; 0 means no limit but d's. A part
// of a nil Disk is a budget by itself.
func (d *Disk) Part(max int64) *Disk { return newDisk(d, max) }

// SetMax changes the budget. What is in use beyond it stays.
func (d *Disk) SetMax(max int64) {
	if d != nil {
		d.max.Store(max)
	}
}

// Reserve takes n bytes, or returns an error that is [ErrFull] and takes
// nothing.
func (d *Disk) Reserve(n int64) error {
	if d == nil {
		return nil
	}
	room := d.room.Load()
	if err := room.take(n); err != nil {
		return err
	}
	if used, max := d.used.Add(n), d.max.Load(); max > 0 && used > max {
		d.used.Add(-n)
		room.give(n)
		return fmt.Errorf("%w: %d bytes asked for, %d of %d in use", ErrFull, n, used-n, max)
	}
	if err := d.whole.Reserve(n); err != nil {
		d.used.Add(-n)
		room.give(n)
		return err
	}
	return nil
}

// SetRoom lets Reserve take at most n more bytes until the next SetRoom,
// whatever the budget says, and say why when they are used up. It is for an
// owner who sees how much room the file system has, and keeps some of it for
// delivery.
func (d *Disk) SetRoom(n int64, why string) {
	if d == nil {
		return
	}
	r := &room{why: why}
	r.left.Store(n)
	d.room.Store(r)
}

// room is what may be reserved until somebody looks at the file system again.
// A nil room has no limit.
type room struct {
	left atomic.Int64
	why  string
}

func (r *room) take(n int64) error {
	if r != nil && r.left.Add(-n) < 0 {
		r.left.Add(n)
		return fmt.Errorf("%w: %s", ErrFull, r.why)
	}
	return nil
}

func (r *room) give(n int64) {
	if r != nil {
		r.left.Add(n)
	}
}

// Force takes n bytes even beyond the budget: for what has to be written so
// that accepted records can be delivered, and for what is there already.
func (d *Disk) Force(n int64) {
	for ; d != nil; d = d.whole {
		d.used.Add(n)
	}
}

// Free gives n bytes back.
func (d *Disk) Free(n int64) { d.Force(-n) }

// Used returns the bytes in use; after Force it may exceed Max.
func (d *Disk) Used() int64 {
	if d == nil {
		return 0
	}
	return d.used.Load()
}

// Max returns the budget in bytes; 0 means without limit.
func (d *Disk) Max() int64 {
	if d == nil {
		return 0
	}
	return d.max.Load()
}
