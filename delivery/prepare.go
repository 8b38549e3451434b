package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"

	"hydrant/buffer"
	"hydrant/delivery/partitions"
	"hydrant/destinations"
	"hydrant/errorsink"
	"hydrant/formats"
	"hydrant/transform"
)

// A refusal says why the destination will never take an object.
type refusal struct {
	err      error
	attempts int
}

// A preparation turns one batch (a segment's records, or what a cut takes of
// partitions) into staged files and the outcome that they account for. It is
// the transform's Output.
type preparation struct {
	r       *recipe
	info    buffer.SegmentInfo
	refused map[int]refusal // nil: a first preparation
	pack    *pack
	object  *object // that rows are added to; nil: none yet
	errors  *archive
	split   *splitting // nil: rows become objects at once

	adding adding
	onPart func(part []byte, err error) // the method part, bound once: a row must not allocate

	records []buffer.Record // the frame being transformed
	results int             // of the record being transformed
	current int             // its index
	outcome buffer.Outcome

	traced             bool // note where each record goes
	dropped, forwarded traces
}

// prepare reads the segment and makes everything that the plan names durable,
// except the plan itself. With partitions its rows go to runs of the store.
func (r *recipe) prepare(ctx context.Context, seg Segment, st staging, store *partitions.Store) (*plan, error) {
	var split *splitting
	if r.rules != nil {
		var err error
		if split, err = r.newSplitting(seg.Info(), store); err != nil {
			return nil, err
		}
		defer split.abandon()
	}
	return r.prepareSegment(ctx, seg, st, split, nil)
}

// prepareRefused reads a segment again whose objects in refused will never be
// taken. The plan that it returns has their rows as entries for the error
// sink, and nothing else.
func (r *recipe) prepareRefused(ctx context.Context, seg Segment, st staging, refused map[int]refusal) (*plan, error) {
	return r.prepareSegment(ctx, seg, st, nil, refused)
}

func (r *recipe) prepareSegment(ctx context.Context, seg Segment, st staging, split *splitting, refused map[int]refusal) (_ *plan, err error) {
	p := r.newPreparation(seg.Info(), st, refused)
	p.split = split
	defer p.abandon()
	defer p.recover(&err)
	shares, err := p.readAll(ctx, seg)
	if err != nil {
		return nil, err
	}
	if p.object != nil {
		key, err := r.prefix.Key(destinations.Values{Time: p.info.First, ID: p.info.ID.String()}, r.config.Name, r.version, r.extension)
		if err != nil {
			return nil, fmt.Errorf("delivery: object name: %w", err)
		}
		if err := p.pack.end(key, r.contentType()); err != nil {
			return nil, err
		}
	}
	next, err := p.finish(shares)
	if err != nil || split == nil {
		return next, err
	}
	next.Runs, err = split.finish()
	return next, err
}

// newPreparation begins a batch of the name in info.
func (r *recipe) newPreparation(info buffer.SegmentInfo, st staging, refused map[int]refusal) *preparation {
	p := &preparation{r: r, info: info, refused: refused, traced: r.traced}
	p.onPart = p.part
	p.pack = &pack{st: st, name: "objects" + r.extension, discard: refused != nil}
	p.errors = newArchive(r, st, info, refusedLabel(refused))
	return p
}

// recover makes a panic an error: a fault in our own code must not take the
// other streams along.
func (p *preparation) recover(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("delivery: prepare batch %s: panic: %v\n%s", p.info.ID, v, debug.Stack())
	}
}

// finish makes what was staged durable, and returns the plan for it.
func (p *preparation) finish(shares []share) (*plan, error) {
	if err := p.pack.finish(); err != nil {
		return nil, err
	}
	archived, err := p.errors.finish()
	if err != nil {
		return nil, err
	}
	next := newPlan(p.info.ID, p.pack.objects, archived, p.outcome, shares)
	next.Dropped, next.Forwarded = p.dropped.finish(), p.forwarded.finish()
	return next, nil
}

// abandon closes all files after an error.
func (p *preparation) abandon() {
	p.pack.abandon()
	p.errors.abandon()
}

// refusedLabel names what is archived of refused objects. An object is refused
// once, so its index is in one label only.
func refusedLabel(refused map[int]refusal) string {
	if len(refused) == 0 {
		return ""
	}
	return "-" + strconv.Itoa(slices.Min(slices.Collect(maps.Keys(refused))))
}

func (p *preparation) read(ctx context.Context, seg Segment) error {
	reader, err := seg.Reader()
	if err != nil {
		return fmt.Errorf("delivery: read segment %s: %w", seg.Info().ID, err)
	}
	defer reader.Close()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		records, err := reader.Next()
		var damage *buffer.DamageError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &damage):
			err = p.archiveDamage(damage)
		case err == nil:
			err = p.transform(ctx, records)
		}
		if err != nil {
			return err
		}
	}
}

// transform takes the records of one frame through the chain.
func (p *preparation) transform(ctx context.Context, records []buffer.Record) error {
	p.records, p.current, p.results = records, 0, 0
	for i := range records {
		p.outcome.In.Records++
		p.outcome.In.Bytes += int64(len(records[i].Data))
	}
	if p.r.parts.Transform != nil {
		return p.r.parts.Transform.Transform(ctx, records, p)
	}
	for i := range records {
		data := records[i].Data
		if err := p.Row(i, transform.Row{Data: data, Source: data}); err != nil {
			return err
		}
	}
	return nil
}

// count notes one more result of record i: every one after the first is split.
func (p *preparation) count(i int) {
	if i != p.current {
		p.current, p.results = i, 0
	}
	if p.results++; p.results > 1 {
		p.outcome.Split.Records++
	}
}

// Row adds a row to the object, or archives it if it can't be converted. Data
// that holds several JSON values, one after the other, is as many rows. With
// partitions the row goes to that of its keys instead.
func (p *preparation) Row(i int, row transform.Row) error {
	if p.split != nil {
		return p.split.row(p, i, row)
	}
	if p.object == nil {
		o := p.r.encoding(p.r.parts.Fields)
		o.ObjectName = p.info.ID.String()
		var err error
		if p.object, err = p.pack.begin(0, o); err != nil {
			return err
		}
	}
	if row.Fields != nil {
		return p.cells(i, row.Fields, row.Source)
	}
	return p.data(i, row.Data, row.Source)
}

// cells adds a row of cells to the object.
func (p *preparation) cells(i int, cells [][]byte, source []byte) error {
	p.count(i)
	if err := p.object.enc.AppendFields(cells); err != nil {
		return p.notAdded(i, source, err)
	}
	return p.added(i, source)
}

// data adds the values in data to the object.
func (p *preparation) data(i int, data, source []byte) error {
	p.adding = adding{record: i, data: data, left: source}
	if err := p.object.enc.AppendParts(data, p.onPart); err != nil {
		return fmt.Errorf("delivery: encode: %w", err)
	}
	return p.adding.err
}

// adding is a row that is being split into parts.
type adding struct {
	record int
	data   []byte
	left   []byte // of the row's source
	err    error
}

// part accounts for one part of the row in adding.
func (p *preparation) part(part []byte, err error) {
	a := &p.adding
	if a.err != nil {
		return
	}
	p.count(a.record)
	source := a.sourceOf(part)
	if err != nil {
		a.err = p.notAdded(a.record, source, err)
		return
	}
	a.err = p.added(a.record, source)
}

// sourceOf returns what part of a record a part of a row came from. Where a
// transform changed the row, no part of the source belongs to a part of the
// row: the first then stands for all of it.
func (a *adding) sourceOf(part []byte) []byte {
	source := a.left
	if len(part) < len(a.data) && len(part) <= len(source) && bytes.Equal(source[:len(part)], part) {
		source = source[:len(part):len(part)]
	}
	a.left = a.left[len(source):]
	return source
}

// withoutPartition archives a row that has no partition.
func (p *preparation) withoutPartition(i int, source []byte, err error) error {
	return p.archive(i, source, keyEntry(err))
}

// notAdded archives a row that is not of the schema.
func (p *preparation) notAdded(i int, source []byte, err error) error {
	var bad *formats.RowError
	if !errors.As(err, &bad) {
		return fmt.Errorf("delivery: encode: %w", err)
	}
	return p.archive(i, source, errorsink.Entry{
		Type: errorsink.FormatConversionFailed, Code: bad.Code, Message: bad.Error(), Column: bad.Column,
	})
}

// added accounts for a row that is in the object.
func (p *preparation) added(i int, source []byte) error {
	if why, refused := p.refused[p.object.index]; refused {
		return p.archive(i, source, errorsink.Entry{
			Type: errorsink.DeliveryFailed, Code: "S3.Refused", Message: why.err.Error(), Attempts: why.attempts,
		})
	}
	add(&p.object.holds, source)
	add(&p.outcome.Delivered, source)
	p.trace(&p.object.rows, "", i)
	return nil
}

// Fail archives a row that a transform could not handle.
func (p *preparation) Fail(i int, f transform.Failure) error {
	p.count(i)
	return p.archive(i, f.Source, errorsink.Entry{
		Type: errorsink.ProcessingFailed, Code: f.Code, Message: f.Message, Transform: f.Transform, Line: f.Line,
	})
}

// Drop accounts for a row that a transform said is not wanted.
func (p *preparation) Drop(i int, source []byte, reason string) error {
	p.count(i)
	p.trace(&p.dropped, reason, i)
	add(&p.outcome.Dropped, source)
	return nil
}

func (p *preparation) archive(i int, source []byte, e errorsink.Entry) error {
	if p.refused != nil && e.Type != errorsink.DeliveryFailed {
		return nil // the first preparation archived it
	}
	e.Arrival, e.RecordID, e.Raw = p.records[i].Arrival, p.records[i].ID.String(), source
	holds := buffer.Counts{Records: 1, Bytes: int64(len(source))}
	p.outcome.Archived.Records++
	p.outcome.Archived.Bytes += holds.Bytes
	if err := p.errors.add(e, holds); err != nil {
		return err
	}
	p.trace(&p.errors.files[e.Type].rows, e.Type+": "+e.Code, i)
	return nil
}

// archiveDamage archives what the log could not read back, as one entry for
// all records that lay there.
func (p *preparation) archiveDamage(d *buffer.DamageError) error {
	if p.refused != nil {
		return nil
	}
	holds := buffer.Counts{Records: d.Records, Bytes: d.Bytes}
	p.outcome.In.Records += d.Records
	p.outcome.In.Bytes += d.Bytes
	p.outcome.Archived.Records += d.Records
	p.outcome.Archived.Bytes += d.Bytes
	err := p.errors.add(errorsink.Entry{
		Type: errorsink.BufferDamaged, Code: "Buffer.Damaged", Message: d.Error(), Arrival: p.info.First,
		RecordID: buffer.RecordID{Segment: d.Segment, Offset: uint64(d.Offset)}.String(),
	}, holds)
	if err == nil && p.traced {
		p.errors.files[errorsink.BufferDamaged].rows.of(d.Segment, errorsink.BufferDamaged).AddBytes(uint64(d.Offset), uint64(d.Size))
	}
	return err
}

func add(c *buffer.Counts, source []byte) {
	c.Records++
	c.Bytes += int64(len(source))
}

// encoding returns how objects are written whose rows are cells of these names.
func (r *recipe) encoding(fields []string) formats.Options {
	return formats.Options{
		Kind: r.config.Format.Kind, Compression: r.config.Format.Compression, Delimiter: r.config.Format.Delimiter,
		Schema: r.config.Schema, Fields: fields, Timestamps: r.config.Format.Timestamps,
		RowGroupBytes: r.config.Format.RowGroupBytes, PageBytes: r.config.Format.PageBytes,
		ORC: orcOptions(r.config.Format.ORC),
	}
}

func (r *recipe) contentType() string {
	return formats.ContentType(r.config.Format.Kind, r.config.Format.Compression)
}

// objectID is the UUID in an object's name: the segment's own for its first
// object, one derived from it (same time, same order) for each further one.
func objectID(segment buffer.SegmentID, index int) string {
	if index == 0 {
		return segment.String()
	}
	return derivedID(segment, strconv.Itoa(index))
}

func derivedID(segment buffer.SegmentID, label string) string {
	sum := sha256.Sum256(append(segment[:], label...))
	id := segment
	copy(id[9:], sum[:])
	return id.String()
}
