// Package sourcetest holds stand-ins for delivery streams that remember what
// a source handed to them.
package sourcetest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hydrant/buffer"
	"hydrant/sources"
)

// Streams are stand-ins by name.
type Streams map[string]*Stream

// New returns streams of the given names.
func New(names ...string) Streams {
	s := make(Streams)
	for _, name := range names {
		s[name] = &Stream{Name: name}
	}
	return s
}

// Stream finds a stream.
func (s Streams) Stream(name string) (sources.Stream, bool) {
	stream, ok := s[name]
	return stream, ok
}

// Names returns the names in order.
func (s Streams) Names() []string { return slices.Sorted(maps.Keys(s)) }

// A Stream remembers the frames that were appended to it.
type Stream struct {
	Name string
	// Before is asked before frame n, counted from 0, is accepted. An error
	// refuses it. It may wait. Nil accepts all.
	Before func(ctx context.Context, n int) error

	mu     sync.Mutex
	frames [][]string
	tries  int
}

// Append remembers the records of f.
func (s *Stream) Append(ctx context.Context, f *buffer.Frame) (buffer.Position, error) {
	s.mu.Lock()
	n := s.tries
	s.tries++
	s.mu.Unlock()
	if s.Before != nil {
		if err := s.Before(ctx, n); err != nil {
			return buffer.Position{}, err
		}
	}
	var records []string
	for r := range f.All() {
		records = append(records, string(r))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, records)
	return buffer.Position{Segment: buffer.SegmentID{15: 1}, Offset: uint64(n) << 12}, nil
}

// Frames returns the records of each accepted frame.
func (s *Stream) Frames() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.frames)
}

// Records returns all accepted records.
func (s *Stream) Records() []string { return slices.Concat(s.Frames()...) }

// Info describes the stream with fixed times and places.
func (s *Stream) Info() sources.Info {
	return sources.Info{
		Name: s.Name, Version: 1,
		Created: time.UnixMilli(1_757_500_000_123),
		Bucket:  "lake", Prefix: s.Name + "/", ErrorPrefix: "errors/",
		BufferBytes: 5 << 20, BufferInterval: 300 * time.Second,
		Compression: "none", Format: "json", TimeZone: "UTC",
	}
}
