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
