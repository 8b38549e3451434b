package delivery

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

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

// tracedRows are records that share a fate.
type tracedRows struct {
	Reason string        `json:"reason,omitempty"`
	Rows   receipts.Rows `json:"rows"`
}

// traces collect which records went to one place, by reason.
type traces map[string]*receipts.Builder

// maxReasons bounds the reasons that are told apart for one place.
const maxReasons = 32

func (t *traces) of(reason string) *receipts.Builder {
	if *t == nil {
		*t = make(traces)
	}
	if (*t)[reason] == nil && len(*t) >= maxReasons {
		reason = "several reasons"
	}
	b := (*t)[reason]
	if b == nil {
		b = new(receipts.Builder)
		(*t)[reason] = b
	}
	return b
}

func (t traces) finish() []tracedRows {
	var all []tracedRows
	for _, reason := range slices.Sorted(maps.Keys(t)) {
		all = append(all, tracedRows{reason, t[reason].Rows()})
	}
	return all
}

// traced are the rows of one object; none if nothing was traced.
func traced(b *receipts.Builder) []tracedRows {
	rows := b.Rows()
	if len(rows) == 0 {
		return nil
	}
	return []tracedRows{{Rows: rows}}
}

// trace notes that record i of the current frame went to a place.
func (p *preparation) trace(t *traces, reason string, i int) {
	if !p.r.traced {
		return
	}
	t.of(reason).Add(p.number(i), p.records[i].ID)
}

// number counts the records of the segment up to record i of the current frame.
func (p *preparation) number(i int) int64 {
	return p.outcome.In.Records - int64(len(p.records)) + int64(i)
}

// receipt makes durable where the records of a delivered segment went. A disk
// that is too full for it must not keep the segment from being deleted.
func (l *loop) receipt(j *job) error {
	if l.receipts == nil || j.receipted {
		return nil
	}
	err := l.receipts.Add(l.name, j.seg.Info().ID, j.plan.receipt(l.recipe))
	if errors.Is(err, buffer.ErrFull) {
		l.logger.Warn("the disk is too full for a receipt", "batch", j.plan.Segment, "err", err)
		err = nil
	}
	j.receipted = err == nil
	return err
}

// receipt says where the records of the plan's segment went.
func (p *plan) receipt(r *recipe) []receipts.Entry {
	var entries []receipts.Entry
	add := func(fate receipts.Fate, bucket, key string, rows []tracedRows) {
		for _, t := range rows {
			entries = append(entries, receipts.Entry{Fate: fate, Bucket: bucket, Key: key, Reason: t.Reason, Rows: t.Rows})
		}
	}
	for _, f := range p.Objects {
		add(receipts.Delivered, r.config.Destination.S3.Bucket, f.Key, f.Rows)
	}
	for _, f := range p.Errors {
		add(receipts.Archived, r.config.ErrorSink.S3.Bucket, f.Key, f.Rows)
	}
	add(receipts.Dropped, "", "", p.Dropped)
	return entries
}
