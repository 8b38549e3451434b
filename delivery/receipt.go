package delivery

import (
	"errors"
	"fmt"
	"path"

	"hydrant/buffer"
	"hydrant/delivery/receipts"
)

// receiptsDir is where receipts of all streams lie in the data directory.
func receiptsDir(dataDir string) string { return path.Join(dataDir, "receipts") }

func openReceipts(o Options) (*receipts.Store, error) {
	if o.Receipts.MaxAge <= 0 {
		return nil, nil
	}
	s, err := receipts.Open(o.FS, receiptsDir(o.DataDir), o.Receipts)
	if err != nil {
		return nil, fmt.Errorf("delivery: data directory %s: %w", o.DataDir, err)
	}
	return s, nil
}

// SetReceipts changes how much is kept of where records went. Whether anything
// is kept is decided by [Open].
func (h *Hub) SetReceipts(limits buffer.JournalLimits) { h.options.receipts.SetLimits(limits) }

// tracedRows are records of one segment that share a fate.
type tracedRows struct {
	Segment buffer.SegmentID `json:"segment"`
	Reason  string           `json:"reason,omitempty"`
	Rows    receipts.Rows    `json:"rows"`
}

// traces collect which records went to one place, by segment and reason.
type traces struct {
	builders []*traceBuilder // in order of their first record
	last     *traceBuilder   // the one that was used last
}

type traceBuilder struct {
	segment buffer.SegmentID
	reason  string
	receipts.Builder
}

// maxReasons bounds the reasons that are told apart for one place and segment.
const maxReasons = 32

func (t *traces) of(segment buffer.SegmentID, reason string) *receipts.Builder {
	if t.last != nil && t.last.segment == segment && t.last.reason == reason {
		return &t.last.Builder
	}
	reasons := 0
	for _, b := range t.builders {
		if b.segment != segment {
			continue
		}
		if b.reason == reason {
			t.last = b
			return &b.Builder
		}
		reasons++
	}
	if reasons >= maxReasons && reason != manyReasons {
		return t.of(segment, manyReasons)
	}
	t.last = &traceBuilder{segment: segment, reason: reason}
	t.builders = append(t.builders, t.last)
	return &t.last.Builder
}

// manyReasons stands for those beyond maxReasons.
const manyReasons = "several reasons"

// finish returns what was collected; nil if nothing was traced.
func (t *traces) finish() []tracedRows {
	var all []tracedRows
	for _, b := range t.builders {
		all = append(all, tracedRows{b.segment, b.reason, b.Rows()})
	}
	return all
}

// trace notes that record i of the current frame went to a place.
func (p *preparation) trace(t *traces, reason string, i int) {
	if !p.traced {
		return
	}
	t.of(p.records[i].ID.Segment, reason).Add(p.number(i), p.records[i].ID)
}

// number counts the records of the segment up to record i of the current frame.
func (p *preparation) number(i int) int64 {
	return p.outcome.In.Records - int64(len(p.records)) + int64(i)
}

// receipt makes durable where the records of a delivered segment went. A disk
// that is too full for it must not keep the segment from being deleted.
func (l *loop) receipt(p *plan, segment buffer.SegmentID) error {
	if l.receipts == nil {
		return nil
	}
	err := l.receipts.Add(l.name, segment, p.receipt(segment, l.recipe))
	if errors.Is(err, buffer.ErrFull) {
		l.logger.Warn("the disk is too full for a receipt", "batch", p.Segment, "err", err)
		return nil
	}
	return err
}

// receipt says where the records of one of the plan's segments went.
func (p *plan) receipt(segment buffer.SegmentID, r *recipe) []receipts.Entry {
	var entries []receipts.Entry
	add := func(fate receipts.Fate, bucket, key string, rows []tracedRows) {
		for _, t := range rows {
			if t.Segment == segment {
				entries = append(entries, receipts.Entry{Fate: fate, Bucket: bucket, Key: key, Reason: t.Reason, Rows: t.Rows})
			}
		}
	}
	for _, f := range p.Objects {
		add(receipts.Delivered, r.config.Destination.S3.Bucket, f.Key, f.Rows)
	}
	for _, f := range p.Errors {
		add(receipts.Archived, r.config.ErrorSink.S3.Bucket, f.Key, f.Rows)
	}
	add(receipts.Dropped, "", "", p.Dropped)
	add(receipts.Forwarded, "", "", p.Forwarded)
	return entries
}
