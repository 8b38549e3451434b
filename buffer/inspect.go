package buffer

import (
	"fmt"
	"path"
)

// A StoredSegment is a segment as it lies on disk. Its Reader changes nothing.
type StoredSegment struct {
	*Segment
	Path   string
	Size   int64 // of the file, in bytes
	Sealed bool
	// Lost says that header and footer are damaged: nobody knows the
	// segment's identity, and nothing of it can be read.
	Lost bool
	Torn int64 // bytes behind the last good frame of a segment that is not sealed
	// HeaderDamaged says that only the footer tells the segment's identity.
	HeaderDamaged bool
	// FooterDamaged says that there is a footer, and that it is not whole: the
	// segment counts as one that is not sealed.
	FooterDamaged bool
}

// Inspect returns the segments in a log's directory, the oldest first. It
// changes nothing and takes no lock, so it may be called while a daemon uses
// the directory; what it returns is then a moment in the past, and a segment
// may be gone when it is read.
func Inspect(fs FS, dir string) ([]StoredSegment, error) {
	names, err := fs.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("buffer: inspect %s: %w", dir, err)
	}
	files, err := inspectAll(fs, dir, names)
	if err != nil {
		return nil, fmt.Errorf("buffer: inspect %s: %w", dir, err)
	}
	stored := make([]StoredSegment, 0, len(files))
	for _, f := range files {
		s, err := f.stored(fs, dir)
		if err != nil {
			return nil, fmt.Errorf("buffer: inspect %s: %w", path.Join(dir, f.name), err)
		}
		stored = append(stored, s)
	}
	return stored, nil
}

func (f left) stored(fs FS, dir string) (StoredSegment, error) {
	s := StoredSegment{
		Segment: &Segment{fs: fs, dir: dir, name: f.name, foot: footer{identity: identity{seq: f.seq}, end: headerSize}},
		Path:    path.Join(dir, f.name), Size: f.size, Sealed: f.foot != nil, Lost: !f.known,
		HeaderDamaged: f.size >= headerSize && f.badHeader, FooterDamaged: f.badFooter,
	}
	switch {
	case s.Sealed:
		s.foot = *f.foot
	case f.known:
		file, err := fs.Open(s.Path)
		if err != nil {
			return s, err
		}
		defer file.Close() // read only
		foot, tail, err := f.scan(file, func(found) {})
		if err != nil {
			return s, err
		}
		if s.foot = foot; tail != nil {
			s.Torn = tail.size
		}
	}
	return s, nil
}

// A StoredLedger is what the ledger of a log says on disk.
type StoredLedger struct {
	Consumers map[string]Outcome // totals
	Torn      bool               // the last line is not whole: its Done never returned
	Missing   bool
	Newest    uint64 // number of the newest segment that a line is about

	rows map[string]*row
}

// InspectLedger reads the ledger in a log's directory. Like [Inspect] it
// changes nothing. An error that is [ErrCorrupt] says which line is damaged.
func InspectLedger(fs FS, dir string) (StoredLedger, error) {
	f, err := readLedger(fs, dir)
	if err != nil {
		return StoredLedger{}, fmt.Errorf("buffer: inspect %s: %w", dir, err)
	}
	s := StoredLedger{
		Consumers: make(map[string]Outcome), Newest: f.seq, rows: f.rows,
		Missing: f.broken && f.size == 0, Torn: f.broken && f.size > 0,
	}
	for name, r := range f.rows {
		s.Consumers[name] = r.total
	}
	return s, nil
}

// Settled returns the number of the newest cut that all consumers have settled:
// see [Consumer.Settle].
func (s StoredLedger) Settled() uint64 {
	least, any := uint64(0), false
	for _, r := range s.rows {
		if !any || r.cut < least {
			least, any = r.cut, true
		}
	}
	return least
}

// Done says whether all consumers are done with the segment of a number, as
// far as the ledger remembers: of those that were deleted it forgets the
// oldest.
func (s StoredLedger) Done(seq uint64) bool {
	for _, r := range s.rows {
		if _, done := r.marks[seq]; !done {
			return false
		}
	}
	return len(s.rows) > 0
}
