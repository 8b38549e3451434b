package delivery

import (
	"context"
	"errors"
	"fmt"

	"hydrant/buffer"
	"hydrant/destinations"
)

// A mergedSegment is several segments of a log, oldest first, that are
// delivered as one batch. Its identity and its time are those of the oldest.
//
// What is merged is decided by the plan that names all of its segments, and
// so before anything is uploaded. The plan lies in the staging directory of
// the oldest. The segments are acknowledged newest first, the oldest at last:
// as long as one of them is pending the oldest is, and with it the plan, so
// that a crash in between finds it and delivers none of them by itself. If
// only some of them are pending, all was durable where it belongs.
type mergedSegment struct{ segs []Segment }

// Info implements [Segment].
func (m mergedSegment) Info() buffer.SegmentInfo {
	info := m.segs[0].Info()
	for _, s := range m.segs[1:] {
		info.Records += s.Info().Records
		info.Bytes += s.Info().Bytes
	}
	return info
}

// Reader implements [Segment] for the oldest alone; preparing reads each.
func (m mergedSegment) Reader() (Reader, error) { return m.segs[0].Reader() }

// partsOf returns the segments that seg is made of.
func partsOf(seg Segment) []Segment {
	if m, ok := seg.(mergedSegment); ok {
		return m.segs
	}
	return []Segment{seg}
}

// A share is what one segment accounts for in a plan of several.
type share struct {
	Segment buffer.SegmentID `json:"segment"`
	Outcome buffer.Outcome   `json:"outcome"`
}

// newPlan makes the plan of the batch that id names.
func newPlan(id buffer.SegmentID, objects, archived []plannedFile, o buffer.Outcome, shares []share) *plan {
	p := &plan{Version: planVersion, Segment: id.String(), Objects: objects, Errors: archived, Outcome: o}
	if len(shares) > 1 {
		p.Version, p.Shares = mergedVersion, shares
	}
	return p
}

// outcome returns what the segment id accounts for.
func (p *plan) outcome(id buffer.SegmentID) (buffer.Outcome, error) {
	if len(p.Shares) == 0 {
		return p.Outcome, nil
	}
	for _, s := range p.Shares {
		if s.Segment == id {
			return s.Outcome, nil
		}
	}
	return buffer.Outcome{}, fmt.Errorf("delivery: the plan of batch %s does not name segment %s: %w", p.Segment, id, buffer.ErrCorrupt)
}

// readAll reads the segments of a batch one after the other, and returns what
// each accounts for.
func (p *preparation) readAll(ctx context.Context, seg Segment) ([]share, error) {
	var shares []share
	for _, s := range partsOf(seg) {
		before := p.outcome
		if err := p.read(ctx, s); err != nil {
			return nil, err
		}
		shares = append(shares, share{s.Info().ID, minus(p.outcome, before)})
	}
	return shares, nil
}

func minus(a, b buffer.Outcome) buffer.Outcome {
	less := func(a, b buffer.Counts) buffer.Counts {
		return buffer.Counts{Records: a.Records - b.Records, Bytes: a.Bytes - b.Bytes}
	}
	return buffer.Outcome{
		In: less(a.In, b.In), Split: less(a.Split, b.Split), Delivered: less(a.Delivered, b.Delivered),
		Archived: less(a.Archived, b.Archived), Dropped: less(a.Dropped, b.Dropped), Forwarded: less(a.Forwarded, b.Forwarded),
	}
}

// moveRefused moves what archived holds of refused objects from delivered to
// archived, in the shares, too.
func (p *plan) moveRefused(archived *plan, moved buffer.Counts) {
	p.Outcome = refuse(p.Outcome, moved)
	shares := append([]share(nil), p.Shares...)
	for i := range shares {
		if i < len(archived.Shares) { // both are of the same segments, in order
			shares[i].Outcome = refuse(shares[i].Outcome, archived.Shares[i].Outcome.Archived)
		}
	}
	p.Shares = shares
}

func refuse(o buffer.Outcome, moved buffer.Counts) buffer.Outcome {
	o.Delivered.Records -= moved.Records
	o.Delivered.Bytes -= moved.Bytes
	o.Archived.Records += moved.Records
	o.Archived.Bytes += moved.Bytes
	return o
}

// takeSegments waits for the oldest segment and makes the next batch of it, with
// those behind it that belong to the same: those that its plan names, or,
// without a plan, as many as the batch has room for while the stream is behind.
// With partitions it waits first until they have room for another segment.
func (l *loop) takeSegments(ctx context.Context) (*job, error) {
	if l.recipe.rules != nil {
		if err := l.store.Room(ctx); err != nil {
			return nil, err
		}
	}
	first, err := l.log.Next(ctx)
	if err != nil {
		return nil, err
	}
	j := &job{segs: []Segment{first}, how: &l.segments, st: l.stagingOf(first), worked: make(chan struct{})}
	var p *plan
	_, err = l.segments.preparing.forever(ctx, func() (err error) {
		p, err = j.st.read()
		return err
	})
	switch {
	case err != nil:
	case p == nil:
		err = l.gather(ctx, j)
	default:
		err = l.gatherPlanned(ctx, j, p)
	}
	if err != nil {
		l.giveBack(j)
		return nil, err
	}
	return j, nil
}

// gatherPlanned takes the pending ones of the segments that p names. When some
// are not pending, an earlier process has begun to acknowledge them, and so
// the batch was shipped.
func (l *loop) gatherPlanned(ctx context.Context, j *job, p *plan) error {
	for len(j.segs) < len(p.Shares) {
		next, err := l.another(ctx)
		if next == nil {
			j.shipped = err == nil
			return err
		}
		if _, err := p.outcome(next.Info().ID); err != nil {
			l.log.Return(next)
			j.shipped = true
			return nil
		}
		j.segs = append(j.segs, next)
	}
	return nil
}

// maxMerged bounds the segments of a batch.
const maxMerged = 1000

// gather adds segments to a batch that has no plan. One with a plan of its own
// begins another batch, and so does one whose objects belong under another
// prefix. With partitions each segment is split by itself: objects are made of
// many segments' rows anyway.
func (l *loop) gather(ctx context.Context, j *job) error {
	if l.recipe.rules != nil {
		return nil
	}
	room := l.batchTarget(j.segs[0].Info().Bytes) - j.segs[0].Info().Bytes
	for len(j.segs) < maxMerged && room > 0 {
		next, err := l.another(ctx)
		if next == nil {
			return err
		}
		info := next.Info()
		if fits := info.Bytes <= room && l.samePrefix(j.segs[0].Info(), info); !fits {
			l.log.Return(next)
			return nil
		}
		p, err := l.stagingOf(next).read()
		if p != nil || err != nil { // an error is told when its own batch meets it
			l.log.Return(next)
			return nil
		}
		j.segs = append(j.segs, next)
		room -= info.Bytes
	}
	return nil
}

// another returns the next segment if it can be had without waiting, or nil.
func (l *loop) another(ctx context.Context) (Segment, error) {
	if n, _ := l.log.Ready(); n == 0 {
		return nil, nil
	}
	return l.log.Next(ctx)
}

// samePrefix says whether objects of both segments go under one prefix.
func (l *loop) samePrefix(a, b buffer.SegmentInfo) bool {
	id := a.ID.String()
	one, err1 := l.recipe.prefix.Expand(destinations.Values{Time: a.First, ID: id})
	other, err2 := l.recipe.prefix.Expand(destinations.Values{Time: b.First, ID: id})
	return errors.Join(err1, err2) == nil && one == other
}

// giveBack returns what of a batch is not acknowledged. Whoever takes it next
// counts the batch's files in the disk's budget again.
func (l *loop) giveBack(j *job) {
	if j.plan != nil {
		l.disk.Free(j.plan.size() + j.plan.runSize())
		j.plan = nil
	}
	for _, s := range j.segs {
		l.log.Return(s)
	}
	j.segs = nil
	if j.cut != nil {
		l.store.Return(j.cut)
	}
}
