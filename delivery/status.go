package delivery

import (
	"fmt"
	"slices"
	"strings"
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
	Name                 string  `json:"name"`
	State                string  `json:"state"`            // "running", "draining" or "orphaned"
	Remark               string  `json:"remark,omitempty"` // what to do about an orphan
	Records              Amounts `json:"records"`
	Bytes                Amounts `json:"bytes"` // of records as they were accepted
	OldestPendingSeconds float64 `json:"oldest_pending_seconds"`
	PendingSegments      int     `json:"pending_segments"`
	ActivePartitions     int     `json:"active_partitions"` // that hold records and are not cut
	EarlyCuts            int64   `json:"early_cuts"`        // of partitions because memory ran short, since the start
	// BatchTarget is how many bytes of records the next batch may have, and
	// Workers how many batches may be under way at once: both are larger than
	// usual while the stream is behind.
	BatchTarget  int64               `json:"batch_target"`
	Workers      int                 `json:"workers"`
	Destinations []DestinationStatus `json:"destinations"`
}

// The states of a stream.
const (
	StateRunning  = "running"
	StateDraining = "draining" // removed from the configuration; what it holds is being delivered
	StateOrphaned = "orphaned" // not in the configuration, and nobody delivers what it holds
)

// status is an orphan's: of its account only what is pending is told.
func (o Orphan) status(now time.Time) StreamStatus {
	remark := o.Reason + "; its records are kept: add the stream to the configuration again"
	if o.Forwarded.Records == 0 {
		remark += ", or take them out with hydrant segments export " + o.Name
	} else {
		remark += fmt.Sprintf("; %d of them are in its partitions, which hydrant segments export does not read", o.Forwarded.Records)
	}
	var age float64
	if !o.Oldest.IsZero() {
		age = max(now.Sub(o.Oldest).Seconds(), 0)
	}
	return StreamStatus{
		Name: o.Name, State: StateOrphaned, Destinations: []DestinationStatus{}, Remark: remark,
		Records:              Amounts{In: o.Pending.Records, Pending: o.Pending.Records},
		Bytes:                Amounts{In: o.Pending.Bytes, Pending: o.Pending.Bytes},
		OldestPendingSeconds: age,
	}
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
	Kind             string    `json:"kind"`       // "s3", or "error_sink"
	State            string    `json:"state"`      // "ok" or "retrying"
	LastError        string    `json:"last_error"` // it stays when the state is ok again
	LastErrorAt      time.Time `json:"last_error_at,omitzero"`
	Attempts         int       `json:"attempts"` // failed tries in a row
	NextRetrySeconds float64   `json:"next_retry_seconds"`
}

// Status returns the account of all streams, by name.
func (h *Hub) Status() Status {
	out := Status{Streams: []StreamStatus{}}
	for _, st := range h.all() {
		out.Streams = append(out.Streams, st.status(time.Now()))
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, l := range h.leaving {
		s := l.status(time.Now())
		s.State = StateDraining
		out.Streams = append(out.Streams, s)
	}
	for _, o := range h.orphans {
		out.Streams = append(out.Streams, o.status(time.Now()))
	}
	slices.SortFunc(out.Streams, func(a, b StreamStatus) int { return strings.Compare(a.Name, b.Name) })
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
		Name: s.name, State: StateRunning, PendingSegments: segments, BatchTarget: l.batchTarget(0), Workers: l.workers(),
		ActivePartitions: stats.Partitions, EarlyCuts: stats.Early,
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
		attempts, _, next := step.snapshot()
		if out.LastError == "" {
			out.LastError, out.LastErrorAt = step.lastError()
		}
		if attempts > out.Attempts {
			out.State, out.Attempts = "retrying", attempts
			out.LastError, out.LastErrorAt = step.lastError()
			if !next.IsZero() {
				out.NextRetrySeconds = max(next.Sub(now).Seconds(), 0)
			}
		}
	}
	return out
}
