package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"hydrant/cmd/hydrant/internal/sender"
)

// lineOptions say how a file becomes records.
type lineOptions struct {
	keepNewline, wholeFile bool
	skip                   int
}

func (c *putCmd) lines() lineOptions {
	return lineOptions{keepNewline: c.KeepNewline, wholeFile: c.RawFile, skip: c.SkipLines}
}

// A fileSource yields the records of several files, one after the other. It is
// a [sender.Source]; only read may be looked at from elsewhere.
type fileSource struct {
	files   []io.ReadCloser
	options lineOptions
	lines   *sender.Lines // of the first file; nil: not begun
	blank   int64
	total   int64        // bytes of all files, 0 when one of them has no size
	read    atomic.Int64 // bytes read so far
}

// newFileSource opens all files at once, so that a wrong name is told before
// anything is sent.
func newFileSource(names []string, stdin io.Reader, o lineOptions) (*fileSource, error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	s := &fileSource{options: o}
	sized := true
	for _, name := range names {
		if name == "-" {
			s.files, sized = append(s.files, io.NopCloser(stdin)), false
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("put: %w", err)
		}
		s.files = append(s.files, f)
		info, err := f.Stat()
		switch {
		case err != nil:
			s.close()
			return nil, fmt.Errorf("put: %w", err)
		case info.IsDir():
			s.close()
			return nil, fmt.Errorf("put: %s is a directory", name)
		}
		sized = sized && info.Mode().IsRegular()
		s.total += info.Size()
	}
	if !sized {
		s.total = 0
	}
	return s, nil
}

// Next returns the next record of the files.
func (s *fileSource) Next() ([]byte, error) {
	for len(s.files) > 0 {
		record, err := s.next(s.files[0])
		if err != io.EOF {
			return record, err
		}
		if s.lines != nil {
			s.blank += s.lines.Blank
		}
		s.files[0].Close() // read only: nothing can be lost
		s.files, s.lines = s.files[1:], nil
	}
	return nil, io.EOF
}

func (s *fileSource) next(f io.ReadCloser) ([]byte, error) {
	if s.options.wholeFile {
		return s.whole(f)
	}
	if s.lines == nil {
		s.lines = sender.NewLines(f)
		s.lines.Keep, s.lines.Skip = s.options.keepNewline, s.options.skip
		s.lines.Seen = func(n int) { s.read.Add(int64(n)) }
	}
	return s.lines.Next()
}

// whole reads the rest of a file as one record, and io.EOF the second time.
// Of a file that is too large it reads only enough for that to be seen.
func (s *fileSource) whole(f io.ReadCloser) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(f, sender.MaxRecordBytes+1))
	if err != nil {
		return nil, fmt.Errorf("put: %w", err)
	}
	if n == 0 {
		return nil, io.EOF
	}
	s.read.Add(n)
	s.files[0].Close() // read only: nothing can be lost
	s.files = s.files[1:]
	return b.Bytes(), nil
}

// close closes what is left open.
func (s *fileSource) close() {
	for _, f := range s.files {
		f.Close() // read only: nothing can be lost
	}
	s.files = nil
}
