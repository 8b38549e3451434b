package simulation

import (
	"net/http"
	"strings"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/delivery"
	"hydrant/destinations"
)

// A mutant breaks one promise of the running product, from outside: between it
// and the disk, between it and the store, or in the world around it.
type mutant struct {
	name    string
	promise string // what no longer holds
	// disk makes what treats the operations of one process on the disk.
	disk func(beneath buffer.FS) treatment
	// restart changes the disk before a process starts.
	restart func(*buffertest.FS)
	network func(http.RoundTripper) http.RoundTripper
	parts   func(delivery.Parts) delivery.Parts
	options func(*delivery.Options)
	// acks: every append is acknowledged, whatever came of it.
	acks bool
	// spared: no bytes rot.
	spared bool
	// trustsChecksums: damage has the right checksum.
	trustsChecksums bool
}

// A treatment does an operation by calling do, or does something else. data is
// what a write writes.
type treatment func(op buffertest.Op, data []byte, do func() error) error

// A bentDisk gives a treatment every operation that changes something.
type bentDisk struct {
	buffer.FS
	on treatment
}

func (d *bentDisk) Create(name string) (buffer.File, error) {
	f, err := d.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return &bentFile{f, d, name}, nil
}

func (d *bentDisk) Edit(name string) (buffer.File, error) {
	f, err := d.FS.Edit(name)
	if err != nil {
		return nil, err
	}
	return &bentFile{f, d, name}, nil
}

func (d *bentDisk) Rename(from, to string) error {
	return d.on(buffertest.Op{Kind: "rename", Name: to}, nil, func() error { return d.FS.Rename(from, to) })
}

func (d *bentDisk) Remove(name string) error {
	return d.on(buffertest.Op{Kind: "remove", Name: name}, nil, func() error { return d.FS.Remove(name) })
}

func (d *bentDisk) SyncDir(name string) error {
	return d.on(buffertest.Op{Kind: "syncdir", Name: name}, nil, func() error { return d.FS.SyncDir(name) })
}

type bentFile struct {
	buffer.File
	d    *bentDisk
	name string
}

func (f *bentFile) Write(b []byte) (n int, err error) {
	err = f.d.on(buffertest.Op{Kind: "write", Name: f.name}, b, func() (err error) { n, err = f.File.Write(b); return err })
	if err == nil {
		n = len(b)
	}
	return n, err
}

func (f *bentFile) Sync() error {
	return f.d.on(buffertest.Op{Kind: "sync", Name: f.name}, nil, f.File.Sync)
}

func (f *bentFile) Truncate(size int64) error {
	return f.d.on(buffertest.Op{Kind: "truncate", Name: f.name}, nil, func() error { return f.File.Truncate(size) })
}

// skips makes a treatment that leaves operations out and says that they worked.
func skips(kind string, of func(name string) bool) func(buffer.FS) treatment {
	return func(buffer.FS) treatment {
		return func(op buffertest.Op, _ []byte, do func() error) error {
			if op.Kind == kind && of(op.Name) {
				return nil
			}
			return do()
		}
	}
}

func anyName(string) bool          { return true }
func isSegment(name string) bool   { return strings.HasSuffix(name, ".seg") }
func isLedger(name string) bool    { return strings.HasSuffix(name, "/ledger") }
func isNewLedger(name string) bool { return strings.HasSuffix(name, "/ledger.tmp") }
func isNewPlan(name string) bool   { return strings.HasSuffix(name, "/plan.json.tmp") }
func isPlan(name string) bool      { return strings.HasSuffix(name, "/plan.json") }
func isLogFolder(name string) bool { return strings.HasSuffix(name, "/log") }
func isObject(name string) bool    { return strings.Contains(name, "/objects") }
func isEntries(name string) bool   { return strings.Contains(name, "/errors-") }
func isInStaging(name string) bool { return strings.Contains(name, "/staging/") }
func isStaged(name string) bool    { return isObject(name) || isEntries(name) }
func either(a, b func(string) bool) func(string) bool {
	return func(name string) bool { return a(name) || b(name) }
}

// A tripper is a network whose requests and answers a mutant changes.
type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// delivers makes mutants of a destination, the error sink or both.
func delivers(lake, sink bool, bend func(destinations.Destination) destinations.Destination) func(delivery.Parts) delivery.Parts {
	return func(p delivery.Parts) delivery.Parts {
		if lake {
			p.Destination = bend(p.Destination)
		}
		if sink {
			p.ErrorSink = bend(p.ErrorSink)
		}
		return p
	}
}
