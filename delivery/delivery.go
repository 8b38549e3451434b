// Package delivery is the loop of one stream. It takes each sealed segment of
// the stream's log through transform, format and destination, archives what
// failed, and acknowledges the segment when everything in it has ended in
// exactly one place.
//
// The loop of a segment (see [stream.deliver]):
//
//  1. take      the oldest sealed segment that nobody has taken
//  2. prepare   its records become rows, the rows become objects in local
//     files, what can't be converted becomes entries for the error sink;
//     files are fsynced, and then the plan: which file goes where under
//     which name, and how many records that accounts for. The plan's rename
//     is the moment from which contents and names can't change any more.
//  3. ship      the error sink's objects, then the destination's; each try
//     is repeated for ever, with growing pauses, until it works or the
//     destination refuses an object for good. What was refused is planned
//     anew as entries for the error sink.
//  4. done      the receipt and then the ledger line are fsynced, the segment
//     is deleted
//  5. clean     the plan and its files are deleted
//
// With partitions the rows of a segment go to a run at step 2 and not to
// objects; cuts of partitions are batches of their own, which take the same
// steps: see package partitions.
//
// A crash before the plan leaves files that are made anew; after it, the same
// bytes go to the same names again; after the ledger line, only deleting is
// left. Nothing is given up by a time-out.
package delivery

import (
	"context"
	"log/slog"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
	"hydrant/delivery/partitions"
	"hydrant/delivery/receipts"
	"hydrant/destinations"
	"hydrant/transform"
)

// Parts are what a stream is made of besides its log. They are made from its
// configuration by the caller, which knows all kinds.
type Parts struct {
	Transform   transform.Transform // nil: each record is a row
	Fields      []string            // names of the cells that Transform emits; nil: it emits data
	Destination destinations.Destination
	ErrorSink   destinations.Destination
}

// Options are what all streams of a daemon share.
type Options struct {
	FS        buffer.FS
	DataDir   string
	Disk      *buffer.Disk
	MaxMemory int64        // bytes for the process; bounds how many segments are prepared at once
	Log       *slog.Logger // nil: nothing is logged
	Metrics   Metrics      // nil: nothing is measured
	// Receipts say how long, and in how many bytes, it is kept where each
	// record went; no MaxAge: not at all.
	Receipts buffer.JournalLimits
	// Build makes a stream's parts. It must not wait for a destination.
	Build func(ctx context.Context, s configs.Stream) (Parts, error)

	memory   *partitions.Memory // of all partitions
	receipts *receipts.Store    // set by Open; nil: none are kept
}

// Metrics observes streams. Its methods are called concurrently and must not
// block.
type Metrics interface {
	// Appended is called after an append was acknowledged or refused.
	Appended(stream string, records, bytes int64, took time.Duration, err error)
	// Prepared is called when a segment's objects are durable on this machine.
	Prepared(stream string, took time.Duration)
	// Attempt is called after each try to deliver to a destination (its kind,
	// or "error_sink").
	Attempt(stream, destination string, took time.Duration, err error)
	// Delivered is called when a segment is acknowledged.
	Delivered(stream string, o buffer.Outcome, objects int, objectBytes int64)
}

type noMetrics struct{}

func (noMetrics) Appended(string, int64, int64, time.Duration, error) {}
func (noMetrics) Prepared(string, time.Duration)                      {}
func (noMetrics) Attempt(string, string, time.Duration, error)        {}
func (noMetrics) Delivered(string, buffer.Outcome, int, int64)        {}

// Log is what delivery needs of a buffer engine.
type Log interface {
	// Append returns once the frame's records are durable.
	Append(ctx context.Context, f *buffer.Frame) (buffer.Position, error)
	// Next waits for the oldest sealed segment that was not handed out. After
	// the log was closed it returns [buffer.ErrClosed].
	Next(ctx context.Context) (Segment, error)
	// Ready returns how many segments Next hands out without waiting, and the
	// bytes of their records.
	Ready() (segments int, bytes int64)
	// Done acknowledges a segment: it never comes again. The outcome must
	// balance and be about all of the segment's records.
	Done(s Segment, o buffer.Outcome) error
	// Settle says what became of records that outcomes forwarded, and Settled
	// which cut was the newest: see [buffer.Consumer.Settle].
	Settle(cut uint64, o buffer.Outcome) error
	Settled() uint64
	// Adopt adds forwarded records that the account does not know of.
	Adopt(n buffer.Counts) error
	// Return gives back a segment that was handed out but not done.
	Return(s Segment)
	// Ledger is the account of all records so far.
	Ledger() buffer.Ledger
	// Backlog returns the number of segments not done, and when the oldest
	// record among them was accepted (zero: none).
	Backlog() (segments int, oldest time.Time)
	// Pending returns the ids of all segments not done.
	Pending() []buffer.SegmentID
	// Seal makes a segment of what was appended so far.
	Seal() error
	SetLimits(size int64, interval time.Duration, async bool)
	// SetKeys changes how long keys of producers are remembered.
	SetKeys(s configs.Stream)
	// StopAppends refuses further appends with [buffer.ErrClosed].
	StopAppends()
	Close() error
}

// A Segment is one batch of a log.
type Segment interface {
	Info() buffer.SegmentInfo
	Reader() (Reader, error)
}

// A Reader reads a segment's records in order.
type Reader interface {
	// Next returns some records, valid until the next call; io.EOF at the
	// end; a [*buffer.DamageError] for records that can't be read, after
	// which reading goes on.
	Next() ([]buffer.Record, error)
	Close() error
}
