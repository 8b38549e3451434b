package delivery

import (
	"context"
	"fmt"
	"slices"

	"hydrant/buffer"
	"hydrant/delivery/partitions"
	"hydrant/destinations"
	"hydrant/errorsink"
	"hydrant/formats/column"
)

// A cutting makes objects of what a cut takes: one of each part.
type cutting struct {
	*preparation
	ctx    context.Context
	cut    *partitions.Cut
	rows   *partitions.Reader
	prefix map[*partitions.Rules]*destinations.Prefix

	fields []string // names of the part's cells if they are encoded as such
	names  []string // names of the part's cells
	json   []byte
	bad    error // why the part's object can have no name
}

// prepareCut makes everything that the plan of a cut names durable, except the
// plan itself. With refused the plan has the rows of these parts as entries
// for the error sink, and nothing else.
func (r *recipe) prepareCut(ctx context.Context, store *partitions.Store, cut *partitions.Cut, st staging, refused map[int]refusal) (_ *plan, err error) {
	rows := store.NewReader()
	c := &cutting{
		preparation: r.newPreparation(buffer.SegmentInfo{ID: cut.ID, First: cut.First}, st, refused),
		ctx:         ctx, cut: cut, rows: rows, prefix: make(map[*partitions.Rules]*destinations.Prefix),
	}
	c.pack.shared = true
	c.traced = false // the receipts of the segments are made; of their rows here no number is known
	c.records = make([]buffer.Record, 1)
	defer rows.Close() // read only
	defer c.abandon()
	defer c.recover(&err)
	for i := range cut.Parts {
		if _, only := refused[i]; refused != nil && !only {
			continue
		}
		if err := c.part(i); err != nil {
			return nil, err
		}
	}
	if err := c.lost(cut.Lost, cut.First.UTC().String()); err != nil {
		return nil, err
	}
	next, err := c.finish(nil)
	if err != nil {
		return nil, err
	}
	next.Cut = store.Taken(cut)
	return next, nil
}

// part makes the object of one part.
func (c *cutting) part(index int) error {
	p := &c.cut.Parts[index]
	if p.Rules == nil {
		return fmt.Errorf("delivery: cut %s: the runs of part %d are gone", c.info.ID, index)
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	id := objectID(c.info.ID, index)
	var key string
	var err error
	if c.refused == nil { // a refused object had a name; of a cut of an earlier process it is not known here
		if key, err = c.name(p, id); err != nil {
			return err
		}
	}
	c.names, c.fields = p.Rules.Fields, nil
	if slices.Equal(p.Rules.Fields, c.r.parts.Fields) {
		c.fields = p.Rules.Fields
	}
	o := c.r.encoding(c.fields)
	o.ObjectName = id
	if c.object, err = c.pack.begin(index, o); err != nil {
		return err
	}
	read, err := c.rows.Each(p, c.row)
	if err != nil {
		return err
	}
	if err := c.pack.end(key, c.r.contentType()); err != nil {
		return err
	}
	c.outcome.Forwarded.Records += read.Records
	c.outcome.Forwarded.Bytes += read.Bytes
	if c.refused != nil {
		return nil
	}
	return c.lost(buffer.Counts{Records: p.Holds.Records - read.Records, Bytes: p.Holds.Bytes - read.Bytes}, key)
}

// name returns the key of a part's object, by the rules that its rows were
// split by.
func (c *cutting) name(p *partitions.Part, id string) (string, error) {
	prefix := c.prefix[p.Rules]
	if prefix == nil {
		zone, err := location(p.Rules.TimeZone)
		if err != nil {
			return "", fmt.Errorf("delivery: time zone of cut %s: %w", c.info.ID, err)
		}
		if prefix, err = destinations.ParsePrefix(p.Rules.Prefix, destinations.PrefixOptions{Location: zone}); err != nil {
			return "", fmt.Errorf("delivery: prefix of cut %s: %w", c.info.ID, err)
		}
		c.prefix[p.Rules] = prefix
	}
	key, err := prefix.Key(destinations.Values{Time: p.First, PartitionKeys: p.Values(), ID: id},
		c.r.config.Name, p.Rules.Version, c.r.extension)
	c.bad = err // such as a longer extension since the rows were split
	return key, nil
}

// row adds one row to the part's object.
func (c *cutting) row(row *partitions.Row) error {
	c.records[0] = buffer.Record{ID: row.Record, Arrival: row.Arrival}
	c.current, c.results = 0, 0
	switch {
	case c.bad != nil:
		c.count(0)
		return c.archive(0, row.Source, keyEntry(c.bad))
	case row.Fields == nil:
		return c.data(0, row.Data, row.Source)
	case c.fields != nil:
		return c.cells(0, row.Fields, row.Source)
	}
	// The columns changed since the rows were split: they go by their names.
	c.json = column.AppendJSONObject(c.json[:0], c.names, row.Fields)
	return c.data(0, c.json, row.Source)
}

// lost archives what could not be read back, as one entry for all of it.
func (c *cutting) lost(n buffer.Counts, where string) error {
	if c.refused != nil || n == (buffer.Counts{}) {
		return nil
	}
	add := func(to *buffer.Counts) { to.Records += n.Records; to.Bytes += n.Bytes }
	add(&c.outcome.Forwarded)
	add(&c.outcome.Archived)
	return c.errors.add(errorsink.Entry{
		Type: errorsink.BufferDamaged, Code: "Buffer.Damaged", Arrival: c.info.First,
		Message:  fmt.Sprintf("delivery: cut %s: runs of partitions are damaged: %d records are lost (%s)", c.info.ID, n.Records, where),
		RecordID: buffer.RecordID{Segment: c.info.ID}.String(),
	}, n)
}
