package delivery

import (
	"context"
	"log/slog"
	"path"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
)

// openLog opens the stream's log in the engine that its configuration names:
// today the segment files of package buffer.
func openLog(o Options, disk *buffer.Disk, dir string, s configs.Stream, logger *slog.Logger) (Log, error) {
	size, interval := segmentLimits(s)
	log, err := buffer.Open(o.FS, path.Join(dir, "log"), buffer.Options{
		Size: size, Interval: interval, Async: s.Buffer.Async,
		Consumers: []string{s.Destination.Kind}, Disk: disk, Log: logger, Keys: keyLimits(s),
	})
	if err != nil {
		return nil, err
	}
	return segmentLog{log, log.Consumer(s.Destination.Kind)}, nil
}

// segmentLog is a log of segment files as seen by its one consumer.
type segmentLog struct {
	*buffer.Log
	consumer *buffer.Consumer
}

func (l segmentLog) Next(ctx context.Context) (Segment, error) {
	s, err := l.consumer.Next(ctx)
	if err != nil {
		return nil, err
	}
	return segment{s}, nil
}

func (l segmentLog) Done(s Segment, o buffer.Outcome) error {
	return l.consumer.Done(s.(segment).Segment, o)
}

func (l segmentLog) Settle(cut uint64, o buffer.Outcome) error { return l.consumer.Settle(cut, o) }
func (l segmentLog) Settled() uint64                           { return l.consumer.Settled() }
func (l segmentLog) Adopt(n buffer.Counts) error               { return l.consumer.Adopt(n) }

func (l segmentLog) Return(s Segment)            { l.consumer.Return(s.(segment).Segment) }
func (l segmentLog) Ready() (int, int64)         { return l.consumer.Ready() }
func (l segmentLog) Ledger() buffer.Ledger       { return l.consumer.Ledger() }
func (l segmentLog) Backlog() (int, time.Time)   { return l.consumer.Backlog() }
func (l segmentLog) Pending() []buffer.SegmentID { return l.consumer.Pending() }

type segment struct{ *buffer.Segment }

func (s segment) Reader() (Reader, error) {
	r, err := s.Segment.Reader()
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (l segmentLog) SetKeys(s configs.Stream) { l.SetKeyLimits(keyLimits(s)) }

// keyLimits is how long a stream remembers the keys of its producers.
func keyLimits(s configs.Stream) buffer.KeyLimits {
	return buffer.KeyLimits{Window: s.Buffer.Window, Max: s.Buffer.Keys}
}
