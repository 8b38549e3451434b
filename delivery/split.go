package delivery

import (
	"hydrant/buffer"
	"hydrant/delivery/partitions"
	"hydrant/destinations"
	"hydrant/errorsink"
	"hydrant/formats"
	"hydrant/formats/column"
	"hydrant/transform"
)

// A splitting hands the rows of one segment to their partitions.
type splitting struct {
	r      *recipe
	info   buffer.SegmentInfo
	keys   *partitioner
	writer *partitions.Writer

	splitter column.Splitter
	p        *preparation
	adding   adding
	value    []byte // that split is called about next
	onSplit  func(part []byte, err error)
	onValue  func(value []byte)
	kept     partitions.Row
}

// newSplitting begins a segment. What an unfinished try left of it must have
// been discarded.
func (r *recipe) newSplitting(info buffer.SegmentInfo, store *partitions.Store) (*splitting, error) {
	keys, err := newPartitioner(r.config.PartitionBy, r.parts.Fields)
	if err != nil {
		return nil, err
	}
	s := &splitting{r: r, info: info, keys: keys, writer: store.NewWriter(info, *r.rules, int(min(r.maxHeld/3, runBytes)))}
	s.onSplit = s.split
	s.onValue = func(value []byte) { s.value = value }
	return s, nil
}

// runBytes is how much memory rows fill before they are written to a run.
const runBytes = 16 << 20

func (s *splitting) finish() ([]partitions.Run, error) { return s.writer.Finish() }

func (s *splitting) abandon() { s.writer.Abandon() }

// row gives a row to its partition, or each JSON value of it to that of the
// value.
func (s *splitting) row(p *preparation, i int, row transform.Row) error {
	if row.Fields != nil || s.r.config.Format.Kind == formats.Raw {
		return s.add(p, i, row)
	}
	s.p, s.adding = p, adding{record: i, data: row.Data, left: row.Source}
	s.splitter.Split(row.Data, s.onValue, s.onSplit)
	return s.adding.err
}

// split adds one part of the row in adding.
func (s *splitting) split(part []byte, err error) {
	a := &s.adding
	if a.err != nil {
		return
	}
	source := a.sourceOf(part)
	if err != nil {
		s.p.count(a.record)
		a.err = s.p.notAdded(a.record, source, err)
		return
	}
	a.err = s.add(s.p, a.record, transform.Row{Data: s.value, Source: source})
}

// add gives one row to its partition.
func (s *splitting) add(p *preparation, i int, row transform.Row) error {
	p.count(i)
	id, err := s.find(row)
	if err != nil {
		return p.withoutPartition(i, row.Source, err)
	}
	add(&p.outcome.Forwarded, row.Source)
	s.kept = partitions.Row{
		Record: p.records[i].ID, Arrival: p.records[i].Arrival, Data: row.Data, Fields: row.Fields, Source: row.Source,
	}
	return s.writer.Add(id, &s.kept)
}

// find returns the number of the row's partition. That its objects can have a
// name is checked once for each; an error is the row's fault.
func (s *splitting) find(row transform.Row) (int, error) {
	partition, err := s.keys.find(row)
	if err != nil {
		return 0, err
	}
	if id, ok := s.writer.Find(partition); ok {
		return id, nil
	}
	_, err = s.r.prefix.Key(destinations.Values{
		Time: s.info.First, PartitionKeys: s.r.rules.Values(partition), ID: s.info.ID.String(),
	}, s.r.config.Name, s.r.version, s.r.extension)
	if err != nil {
		return 0, &keyError{message: err.Error()}
	}
	return s.writer.Make(partition), nil
}

// keyEntry is the error of a row that has no partition.
func keyEntry(err error) errorsink.Entry {
	return errorsink.Entry{
		Type: errorsink.ProcessingFailed, Transform: "partition_by",
		Code: "DynamicPartitioning.MetadataExtractionFailed", Message: err.Error(),
	}
}
