package delivery

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"hydrant/buffer"
	"hydrant/delivery/partitions"
	"hydrant/destinations"
)

// A job is one batch on its way: segments, or a cut of partitions.
type job struct {
	segs    []Segment       // not acknowledged yet, oldest first
	cut     *partitions.Cut // nil: it is segments
	st      staging         // of segments: named after the oldest
	how     *steps
	plan    *plan
	shipped bool          // an earlier process has seen all of it durable
	worked  chan struct{} // closed when it is shipped or err is set
	err     error
}

// batch is all segments of the job as one.
func (j *job) batch() Segment {
	if len(j.segs) == 1 {
		return j.segs[0]
	}
	return mergedSegment{j.segs}
}

// A pipeline is one of the two that a loop has: for segments, and for cuts.
type pipeline struct {
	*loop
	pace    *pace
	workers func() int
	take    func(ctx context.Context) (*job, error)
}

// run delivers until ctx or l.wind ends. It returns only the error of one of
// them, or the log's; what was not finished is given back.
func (l *loop) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	taking, stopTaking := context.WithCancel(l.wind)
	defer stopTaking()
	errs := make(chan error)
	for _, p := range []pipeline{
		{l, l.pace, l.workers, l.takeSegments},
		{l, newPace(nil), func() int { return usualWorkers }, l.takeCut},
	} {
		go func() { errs <- p.run(ctx, taking) }()
	}
	err := <-errs
	if l.wind.Err() == nil { // else the other one ends by itself, after the batch at hand
		cancel()
		stopTaking()
	}
	return errors.Join(err, <-errs)
}

// run delivers what take returns. Several batches are under way at once; they
// are taken and acknowledged in order.
func (p pipeline) run(ctx, taking context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	taking, stopTaking := context.WithCancel(taking)
	defer stopTaking()
	underWay := make(chan *job, MostWorkers())
	var took error
	go func() {
		defer close(underWay)
		took = p.takeAll(ctx, taking, underWay)
	}()
	var err error
	for j := range underWay {
		<-j.worked
		if err == nil {
			err = errors.Join(j.err, ctx.Err())
		}
		if err == nil {
			err = p.acknowledge(ctx, j)
		}
		if err != nil {
			cancel()
			stopTaking()
			p.giveBack(j)
		}
		p.pace.leave()
	}
	return errors.Join(err, took)
}

// takeAll takes batches until taking ends and sees each on its way, which
// ends with ctx. Taking ends with ctx, too.
func (p pipeline) takeAll(ctx, taking context.Context, underWay chan<- *job) error {
	for {
		if err := taking.Err(); err != nil { // take has what is ready even so
			return err
		}
		if err := p.pace.enter(taking, p.workers); err != nil {
			return err
		}
		j, err := p.take(taking)
		if err != nil {
			p.pace.leave()
			return err
		}
		go func() {
			defer close(j.worked)
			j.err = p.work(ctx, taking, j)
		}()
		underWay <- j // has room for all that enter lets in
	}
}

// takeCut waits for the next cut and plans it: no cut has a plan before the one
// ahead of it. After a crash a cut without a plan is decided anew, and its
// objects' names would come behind those of a later one.
func (l *loop) takeCut(ctx context.Context) (*job, error) {
	cut, err := l.store.Next(ctx)
	if err != nil {
		return nil, err
	}
	j := &job{cut: cut, how: &l.cuts, st: l.staging(cutDir(cut.Seq)), worked: make(chan struct{})}
	if _, err := j.how.preparing.forever(ctx, func() error { return l.planJob(ctx, j) }); err != nil {
		l.giveBack(j)
		return nil, err
	}
	return j, nil
}

// work prepares and ships a batch. It returns only the error of a context: what
// is being prepared when taking ends is given back, what is being shipped is
// tried once more.
func (l *loop) work(ctx, taking context.Context, j *job) error {
	if j.plan == nil {
		if _, err := j.how.preparing.forever(taking, func() error { return l.planJob(taking, j) }); err != nil {
			return err
		}
	}
	if j.shipped {
		return nil
	}
	return l.ship(ctx, j)
}

func (l *loop) staging(name string) staging {
	return staging{l.fs, path.Join(l.dir, "staging", name)}
}

// stagingOf returns the staging directory of a batch of which seg is the oldest.
func (l *loop) stagingOf(seg Segment) staging { return l.staging(seg.Info().ID.String()) }

// cutDir is the name of the staging directory of a cut.
func cutDir(seq uint64) string { return fmt.Sprintf("%s%020d", cutPrefix, seq) }

const (
	cutPrefix     = "cut-"
	refusedSuffix = ".refused" // of a directory where refused objects are planned anew
)

// planJob finds the plan of a job that a crash or a shutdown interrupted, or
// makes one. A crash before the plan is saved leaves files
// without a plan: the next start clears them and begins anew.
func (l *loop) planJob(ctx context.Context, j *job) error {
	if err := l.makeStaging(j.st); err != nil {
		return err
	}
	p, err := j.st.load()
	if err != nil {
		return err
	}
	if p != nil {
		l.planned(j, p)
		return nil
	}
	if err := j.st.clear(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	start := time.Now()
	p, err = l.prepare(ctx, j)
	if err != nil {
		return err
	}
	if err := j.st.save(p); err != nil {
		return err
	}
	l.planned(j, p)
	l.metrics.Prepared(l.name, time.Since(start))
	return nil
}

func (l *loop) prepare(ctx context.Context, j *job) (*plan, error) {
	if j.cut != nil {
		return l.recipe.prepareCut(ctx, l.store, j.cut, j.st, nil)
	}
	for _, seg := range j.segs {
		if err := l.store.Discard(seg.Info().ID); err != nil {
			return nil, err
		}
	}
	return l.recipe.prepare(ctx, j.batch(), j.st, l.store)
}

// planned notes a job's durable plan and the disk that its files use.
func (l *loop) planned(j *job, p *plan) {
	if j.plan != nil {
		l.disk.Free(j.plan.size() + j.plan.runSize())
	}
	l.disk.Force(p.size() + p.runSize())
	j.plan = p
}

// makeStaging creates the directory of one batch.
func (l *loop) makeStaging(st staging) error {
	if err := l.fs.MkdirAll(st.dir); err != nil {
		return fmt.Errorf("delivery: stage: %w", err)
	}
	if err := l.fs.SyncDir(path.Dir(st.dir)); err != nil {
		return fmt.Errorf("delivery: stage: %w", err)
	}
	return nil
}

// acknowledge ends a batch that is shipped. It returns only ctx's error, or
// the log's when it was closed.
func (l *loop) acknowledge(ctx context.Context, j *job) error {
	// All of it is durable where it belongs. A crash here repeats the
	// delivery: same bytes, same names.
	settle := l.acknowledgeSegments
	if j.cut != nil {
		settle = l.acknowledgeCut
	}
	if err := settle(j); err != nil {
		return err
	}
	// The ledger has it. A crash here leaves only files to delete.
	l.metrics.Delivered(l.name, j.plan.Outcome, len(j.plan.Objects)+len(j.plan.Errors), j.plan.size())
	l.disk.Free(j.plan.size())
	err := j.st.remove()
	if j.cut != nil {
		err = errors.Join(err, l.store.Sweep())
	}
	if err != nil {
		l.logger.Warn("staged files could not be deleted; the next start does it", "batch", j.plan.Segment, "err", err)
	}
	l.logger.Debug("delivered", "batch", j.plan.Segment, "records", j.plan.Outcome.Delivered.Records,
		"archived", j.plan.Outcome.Archived.Records, "objects", len(j.plan.Objects))
	return nil
}

// acknowledgeSegments ends the log's part. A crash between two segments leaves
// the oldest pending, and the plan with it. What the plan forwarded belongs to
// the partitions from the ledger line on.
func (l *loop) acknowledgeSegments(j *job) error {
	var runs []*partitions.Loaded
	_, err := j.how.acking.forever(l.wind, func() (err error) {
		runs, err = l.loadRuns(j.plan.Runs)
		return err
	})
	if err != nil {
		return err
	}
	for len(j.segs) > 0 {
		last := len(j.segs) - 1
		receipted := false
		_, err := j.how.acking.forever(l.wind, func() error {
			o, err := j.plan.outcome(j.segs[last].Info().ID)
			if err != nil {
				return err
			}
			if !receipted {
				if err := l.receipt(j.plan, j.segs[last].Info().ID); err != nil {
					return err
				}
				receipted = true
			}
			return l.log.Done(j.segs[last], o)
		})
		if err != nil {
			return err
		}
		j.segs = j.segs[:last]
	}
	l.store.Own(runs)
	return nil
}

// loadRuns reads the runs before they are owned, when an error can still hold
// the segment back.
func (l *loop) loadRuns(runs []partitions.Run) ([]*partitions.Loaded, error) {
	var all []*partitions.Loaded
	for _, r := range runs {
		loaded, err := l.store.Load(r)
		if err != nil {
			return nil, err
		}
		all = append(all, loaded)
	}
	return all, nil
}

// acknowledgeCut settles a cut in the ledger, and then takes its rows out of
// the runs. A crash between the two leaves the plan of a cut that the ledger
// has: the next start takes the rows out.
func (l *loop) acknowledgeCut(j *job) error {
	_, err := j.how.acking.forever(l.wind, func() error { return l.log.Settle(j.cut.Seq, j.plan.Outcome) })
	if err != nil {
		return err
	}
	_, err = j.how.acking.forever(l.wind, func() error { return l.store.Consume(j.cut) })
	return err
}

// ship makes a segment's objects durable at the error sink and at the
// destination. Objects that the destination refuses for good are planned anew
// as entries of the error sink.
func (l *loop) ship(ctx context.Context, j *job) error {
	for {
		if err := l.send(ctx, j, l.recipe.parts.ErrorSink, j.plan.Errors, &j.how.archiving, "error_sink", nil); err != nil {
			return err
		}
		refused := make(map[int]refusal)
		err := l.send(ctx, j, l.recipe.parts.Destination, j.plan.Objects, &j.how.delivering, l.recipe.config.Destination.Kind, refused)
		if err != nil || len(refused) == 0 {
			return err
		}
		l.logger.Warn("destination refused objects for good; their records go to the error sink",
			"batch", j.plan.Segment, "objects", len(refused), "err", anyOf(refused))
		if _, err := j.how.preparing.forever(l.wind, func() error { return l.replan(ctx, j, refused) }); err != nil {
			return err
		}
	}
}

func anyOf(refused map[int]refusal) error {
	for _, r := range refused {
		return r.err
	}
	return nil
}

// send repeats Deliver until all files are durable, or refused for good when
// refused can take them. The error sink refuses nothing: its errors are
// retried whatever they are, for there is nowhere else to go.
func (l *loop) send(ctx context.Context, j *job, to destinations.Destination, files []plannedFile,
	s *state, kind string, refused map[int]refusal) error {
	b, err := j.st.batch(l.name, j.plan.Segment, files)
	if err != nil || len(files) == 0 { // nothing was tried
		return err
	}
	tries := 0
	for len(b.Objects) > 0 {
		start := time.Now()
		err := to.Deliver(ctx, b)
		tries++
		l.metrics.Attempt(l.name, kind, time.Since(start), err)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.Objects, files, err = remaining(b.Objects, files, err, tries, refused)
		if len(b.Objects) == 0 {
			break
		}
		wait := pause(tries, err)
		s.failed(err, time.Now().Add(wait))
		l.logger.Warn("delivery failed and will be repeated", "batch", j.plan.Segment, "to", kind, "attempt", tries, "wait", wait, "err", err)
		if err := s.rest(l.wind, wait); err != nil {
			return err
		}
	}
	s.worked()
	return nil
}

// remaining returns the objects that have to be tried again after err, and an
// error of one of them. Those refused for good move to refused, unless it is nil.
func remaining(objects []destinations.Object, files []plannedFile, err error, tries int, refused map[int]refusal) (
	[]destinations.Object, []plannedFile, error) {
	failures := make(map[int]error, len(objects))
	var partial *destinations.PartialError
	if errors.As(err, &partial) {
		failures = partial.Failed
	} else {
		for i := range objects {
			failures[i] = err
		}
	}
	var left []destinations.Object
	var leftFiles []plannedFile
	for i := range objects {
		failure, failed := failures[i]
		if !failed {
			continue
		}
		if refused != nil && destinations.IsPermanent(failure) {
			refused[files[i].Index] = refusal{failure, tries}
			continue
		}
		left, leftFiles, err = append(left, objects[i]), append(leftFiles, files[i]), failure
	}
	return left, leftFiles, err
}

// replan moves the rows of refused objects to the error sink. The batch is
// read again: what failed the first time is in the old plan's error objects
// already, and what was delivered stays delivered, so only the refused
// objects' rows are taken from the second reading.
func (l *loop) replan(ctx context.Context, j *job, refused map[int]refusal) error {
	again := staging{l.fs, j.st.dir + refusedSuffix}
	if err := l.makeStaging(again); err != nil {
		return err
	}
	if err := again.clear(); err != nil {
		return err
	}
	p, err := l.prepareRefused(ctx, j, again, refused)
	if err != nil {
		return err
	}
	next, err := j.plan.withRefused(p, refused)
	if err != nil {
		return err
	}
	if err := j.st.adopt(again, next.Errors[len(j.plan.Errors):]); err != nil {
		return err
	}
	if err := j.st.save(next); err != nil { // syncs the directory, and so the renames, too
		return err
	}
	// It is done: an error from here on must not plan the same objects again.
	l.planned(j, next)
	if err := again.remove(); err != nil {
		l.logger.Warn("staged files could not be deleted; the next start does it", "batch", next.Segment, "err", err)
	}
	return nil
}

func (l *loop) prepareRefused(ctx context.Context, j *job, st staging, refused map[int]refusal) (*plan, error) {
	if j.cut != nil {
		return l.recipe.prepareCut(ctx, l.store, j.cut, st, refused)
	}
	return l.recipe.prepareRefused(ctx, j.batch(), st, refused)
}

// withRefused is p after the objects in refused became the entries of archived.
func (p *plan) withRefused(archived *plan, refused map[int]refusal) (*plan, error) {
	next := *p
	next.Objects = nil
	var moved buffer.Counts
	for _, f := range p.Objects {
		if _, gone := refused[f.Index]; !gone {
			next.Objects = append(next.Objects, f)
			continue
		}
		moved.Records += f.Holds.Records
		moved.Bytes += f.Holds.Bytes
	}
	var held buffer.Counts
	for _, f := range archived.Errors {
		held.Records += f.Holds.Records
		held.Bytes += f.Holds.Bytes
	}
	if held != moved {
		return nil, fmt.Errorf("delivery: batch %s: refused objects hold %d records, but reading it again gives %d; "+
			"the configuration changed meanwhile: restore it, and the batch is archived", p.Segment, moved.Records, held.Records)
	}
	next.Errors = append(append([]plannedFile(nil), p.Errors...), archived.Errors...)
	next.moveRefused(archived, moved)
	return &next, nil
}
