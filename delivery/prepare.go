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
	"hydrant/destinations"
	"hydrant/errorsink"
	"hydrant/formats"
	"hydrant/formats/column"
	"hydrant/transform"
)

// A refusal says why the destination will never take an object.
type refusal struct {
	err      error
	attempts int
}

// A preparation turns one segment's records into staged files and the outcome
// that they account for. It is the transform's Output.
type preparation struct {
	r       *recipe
	info    buffer.SegmentInfo
	refused map[int]refusal // nil: a first preparation
	objects *objectSet
	errors  *archive
	parts   *partitioner

	splitter column.Splitter
	adding   adding
	// The methods part, split and value, bound once: a row must not allocate.
	onPart, onSplit func(part []byte, err error)
	onValue         func(value []byte)
	splitValue      []byte

	records []buffer.Record // the frame being transformed
	results int             // of the record being transformed
	current int             // its index
	outcome buffer.Outcome
	dropped traces
}

// prepare reads the segment and makes everything that the plan names durable,
// except the plan itself.
func (r *recipe) prepare(ctx context.Context, seg Segment, st staging) (*plan, error) {
	return r.prepareSegment(ctx, seg, st, nil)
}

// prepareRefused reads a segment again whose objects in refused will never be
// taken. The plan that it returns has their rows as entries for the error
// sink, and nothing else.
func (r *recipe) prepareRefused(ctx context.Context, seg Segment, st staging, refused map[int]refusal) (*plan, error) {
	return r.prepareSegment(ctx, seg, st, refused)
}

func (r *recipe) prepareSegment(ctx context.Context, seg Segment, st staging, refused map[int]refusal) (_ *plan, err error) {
	defer func() {
		if v := recover(); v != nil { // a fault in our own code must not take the other streams along
			err = fmt.Errorf("delivery: prepare segment %s: panic: %v\n%s", seg.Info().ID, v, debug.Stack())
		}
	}()
	p := &preparation{r: r, info: seg.Info(), refused: refused}
	p.onPart, p.onSplit, p.onValue = p.part, p.split, p.value
	if p.parts, err = newPartitioner(r.config.PartitionBy, r.parts.Fields); err != nil {
		return nil, err
	}
	p.objects = r.newObjectSet(st, p.info)
	p.objects.discard = refused != nil
	p.errors = newArchive(r, st, p.info, refusedLabel(refused))
	defer p.objects.abandon()
	defer p.errors.abandon()
	shares, err := p.readAll(ctx, seg)
	if err != nil {
		return nil, err
	}
	if err := p.objects.finishAll(); err != nil {
		return nil, err
	}
	archived, err := p.errors.finish()
	if err != nil {
		return nil, err
	}
	plan := newPlan(p.info.ID, p.objects.finished, archived, p.outcome, shares)
	plan.Dropped = p.dropped.finish()
	return plan, nil
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

// Row adds a row to its object, or archives it if it can't be converted. Data
// that holds several JSON values, one after the other, is as many rows.
func (p *preparation) Row(i int, row transform.Row) error {
	if row.Fields != nil {
		return p.cells(i, row)
	}
	if p.parts == nil {
		o, err := p.objects.only()
		if err != nil {
			return err
		}
		return p.data(i, row.Data, row.Source, o)
	}
	if p.r.config.Format.Kind == formats.Raw {
		return p.partitioned(i, row.Data, row.Source)
	}
	return p.splitRow(i, row)
}

// cells adds a row of cells.
func (p *preparation) cells(i int, row transform.Row) error {
	p.count(i)
	o, err := p.object(row)
	if err != nil {
		return p.withoutObject(i, row.Source, err)
	}
	if err := o.enc.AppendFields(row.Fields); err != nil {
		return p.notAdded(i, row.Source, err)
	}
	return p.added(i, row.Source, o)
}

// splitRow gives each JSON value of a row to its own partition.
func (p *preparation) splitRow(i int, row transform.Row) error {
	p.adding = adding{record: i, row: row, left: row.Source}
	p.splitter.Split(row.Data, p.onValue, p.onSplit)
	return p.adding.err
}

// value notes the value that split is called about next.
func (p *preparation) value(v []byte) { p.splitValue = v }

// split adds one part of the row in adding to the object of its partition.
func (p *preparation) split(part []byte, err error) {
	a := p.adding
	if a.err != nil {
		return
	}
	source := sourceOf(part, a.row, &a.left)
	if err != nil {
		p.count(a.record)
		a.err = p.notAdded(a.record, source, err)
	} else {
		a.err = p.partitioned(a.record, p.splitValue, source)
	}
	p.adding = a
}

// partitioned adds one value to the object of its partition.
func (p *preparation) partitioned(i int, data, source []byte) error {
	o, err := p.object(transform.Row{Data: data})
	if err != nil {
		p.count(i)
		return p.withoutObject(i, source, err)
	}
	return p.data(i, data, source, o)
}

// data adds the values in data to o.
func (p *preparation) data(i int, data, source []byte, o *object) error {
	p.adding = adding{record: i, row: transform.Row{Data: data}, left: source, to: o}
	if err := o.enc.AppendParts(data, p.onPart); err != nil {
		return fmt.Errorf("delivery: encode: %w", err)
	}
	return p.adding.err
}

// adding is the row that an encoder is splitting into parts.
type adding struct {
	record int
	row    transform.Row
	left   []byte // of the row's source
	to     *object
	err    error
}

// part accounts for one part of the row in adding.
func (p *preparation) part(part []byte, err error) {
	a := &p.adding
	if a.err != nil {
		return
	}
	p.count(a.record)
	source := sourceOf(part, a.row, &a.left)
	if err != nil {
		a.err = p.notAdded(a.record, source, err)
		return
	}
	a.err = p.added(a.record, source, a.to)
}

// sourceOf returns what part of a record a part of a row came from. Where a
// transform changed the row, no part of the source belongs to a part of the
// row: the first then stands for all of it.
func sourceOf(part []byte, row transform.Row, left *[]byte) []byte {
	source := *left
	if len(part) < len(row.Data) && len(part) <= len(source) && bytes.Equal(source[:len(part)], part) {
		source = source[:len(part):len(part)]
	}
	*left = (*left)[len(source):]
	return source
}

// withoutObject archives a row that has no partition.
func (p *preparation) withoutObject(i int, source []byte, err error) error {
	var key *keyError
	if !errors.As(err, &key) {
		return err
	}
	return p.archive(i, source, errorsink.Entry{
		Type: errorsink.ProcessingFailed, Transform: "partition_by",
		Code: "DynamicPartitioning.MetadataExtractionFailed", Message: key.Error(),
	})
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

// added accounts for a row that is in an object.
func (p *preparation) added(i int, source []byte, o *object) error {
	if why, refused := p.refused[o.index]; refused {
		return p.archive(i, source, errorsink.Entry{
			Type: errorsink.DeliveryFailed, Code: "S3.Refused", Message: why.err.Error(), Attempts: why.attempts,
		})
	}
	add(&o.holds, source)
	add(&p.outcome.Delivered, source)
	if p.r.traced {
		p.trace(&o.rows, "", i)
	}
	if p.parts == nil {
		return nil
	}
	return p.objects.grew(o)
}

// object returns the object of a row's partition.
func (p *preparation) object(row transform.Row) (*object, error) {
	if p.parts == nil {
		return p.objects.only()
	}
	partition, err := p.parts.find(row)
	if err != nil {
		return nil, err
	}
	return p.objects.get(partition, p.parts)
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
	if err == nil && p.r.traced {
		p.errors.files[errorsink.BufferDamaged].rows.of(d.Segment, errorsink.BufferDamaged).AddBytes(uint64(d.Offset), uint64(d.Size))
	}
	return err
}

func add(c *buffer.Counts, source []byte) {
	c.Records++
	c.Bytes += int64(len(source))
}

// newObjectSet prepares the naming and encoding of a segment's objects.
func (r *recipe) newObjectSet(st staging, info buffer.SegmentInfo) *objectSet {
	return &objectSet{
		st: st, ext: r.extension,
		open: make(map[string]*object), maxHeld: r.maxHeld, maxOpen: maxOpenObjects,
		options: formats.Options{
			Kind: r.config.Format.Kind, Compression: r.config.Format.Compression, Delimiter: r.config.Format.Delimiter,
			Schema: r.config.Schema, Fields: r.parts.Fields, Timestamps: r.config.Format.Timestamps,
			RowGroupBytes: r.config.Format.RowGroupBytes, PageBytes: r.config.Format.PageBytes,
			ORC:         orcOptions(r.config.Format.ORC),
			PageVersion: r.config.Format.PageVersion, ListNames: r.config.Format.ListNames,
			DictionaryBytes: r.config.Format.DictionaryBytes, BloomFilters: r.config.Format.BloomFilters,
		},
		name: func(index int, keys map[string]string) (key, id string, err error) {
			id = objectID(info.ID, index)
			key, err = r.prefix.Key(destinations.Values{Time: info.First, PartitionKeys: keys, ID: id},
				r.config.Name, r.version, r.extension)
			return key, id, err
		},
	}
}

// maxOpenObjects bounds the staged files that are open at once for a segment.
const maxOpenObjects = 256

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
