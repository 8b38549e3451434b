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
	short atomic.Pointer[string] // why the file system itself has no room; nil: it has
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
	if why := d.short.Load(); why != nil {
		return fmt.Errorf("%w: %s", ErrFull, *why)
	}
	if used, max := d.used.Add(n), d.max.Load(); max > 0 && used > max {
		d.used.Add(-n)
		return fmt.Errorf("%w: %d bytes asked for, %d of %d in use", ErrFull, n, used-n, max)
	}
	if err := d.whole.Reserve(n); err != nil {
		d.used.Add(-n)
		return err
	}
	return nil
}

// Short makes Reserve refuse whatever is asked for, and say why; "" ends that.
// It is for an owner who sees that the file system has less room than the
// budget promises, and keeps the rest for delivery.
func (d *Disk) Short(why string) {
	switch {
	case d == nil:
	case why == "":
		d.short.Store(nil)
	default:
		d.short.Store(&why)
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
