package delivery

import (
	"time"

	"hydrant/buffer"
)

// Status is what `hydrant status` shows of a daemon.
type Status struct {
	Streams []StreamStatus `json:"streams"`
}

// StreamStatus is the account of one stream:
// in + split = delivered + archived + dropped + pending.
type StreamStatus struct {
	Name                 string              `json:"name"`
	Records              Amounts             `json:"records"`
	Bytes                Amounts             `json:"bytes"` // of records as they were accepted
	OldestPendingSeconds float64             `json:"oldest_pending_seconds"`
	PendingSegments      int                 `json:"pending_segments"`
	ActivePartitions     int                 `json:"active_partitions"` // that hold records and are not cut
	EarlyCuts            int64               `json:"early_cuts"`        // of partitions because memory ran short, since the start
	Destinations         []DestinationStatus `json:"destinations"`
}

// Amounts are the terms of the account, in records or in bytes.
type Amounts struct {
	In        int64 `json:"in"`
	Split     int64 `json:"split"`
	Delivered int64 `json:"delivered"`
	Archived  int64 `json:"archived"`
	Dropped   int64 `json:"dropped"`
	Pending   int64 `json:"pending"`
}

// DestinationStatus says how delivery to one place fares.
type DestinationStatus struct {
	Kind             string  `json:"kind"`  // "s3", or "error_sink"
	State            string  `json:"state"` // "ok" or "retrying"
	LastError        string  `json:"last_error"`
	Attempts         int     `json:"attempts"` // failed tries in a row
	NextRetrySeconds float64 `json:"next_retry_seconds"`
}

// Status returns the account of all streams, by name.
func (h *Hub) Status() Status {
	out := Status{Streams: []StreamStatus{}}
	for _, st := range h.all() {
		out.Streams = append(out.Streams, st.status(time.Now()))
	}
	return out
}

func (s *stream) status(now time.Time) StreamStatus {
	s.mu.Lock()
	l := s.loop
	s.mu.Unlock()
	ledger := s.log.Ledger()
	segments, oldest := s.log.Backlog()
	stats := s.store.Stats()
	if oldest.IsZero() || !stats.Oldest.IsZero() && stats.Oldest.Before(oldest) {
		oldest = stats.Oldest
	}
	out := StreamStatus{
		Name: s.name, PendingSegments: segments, ActivePartitions: stats.Partitions, EarlyCuts: stats.Early,
		Records: amounts(ledger, func(c buffer.Counts) int64 { return c.Records }),
		Bytes:   amounts(ledger, func(c buffer.Counts) int64 { return c.Bytes }),
	}
	if !oldest.IsZero() {
		out.OldestPendingSeconds = max(now.Sub(oldest).Seconds(), 0)
	}
	out.Destinations = []DestinationStatus{
		merged(l.recipe.config.Destination.Kind, now, &l.segments.delivering, &l.cuts.delivering,
			&l.segments.preparing, &l.cuts.preparing, &l.segments.acking, &l.cuts.acking),
		merged("error_sink", now, &l.segments.archiving, &l.cuts.archiving),
	}
	return out
}

func amounts(l buffer.Ledger, of func(buffer.Counts) int64) Amounts {
	return Amounts{
		In: of(l.In), Split: of(l.Split), Delivered: of(l.Delivered),
		Archived: of(l.Archived), Dropped: of(l.Dropped), Pending: of(l.Pending),
	}
}

// merged is the status of the first step that is in trouble, or the first.
func merged(kind string, now time.Time, steps ...*state) DestinationStatus {
	out := DestinationStatus{Kind: kind, State: "ok"}
	for _, step := range steps {
		attempts, err, next := step.snapshot()
		if out.LastError == "" {
			out.LastError = err
		}
		if attempts > out.Attempts {
			out.State, out.Attempts, out.LastError = "retrying", attempts, err
			if !next.IsZero() {
				out.NextRetrySeconds = max(next.Sub(now).Seconds(), 0)
			}
		}
	}
	return out
}
