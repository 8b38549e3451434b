package delivery

import (
	"bytes"

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
	if single(row.Data) && s.addSingle(p, i, row) {
		return s.adding.err
	}
	s.p, s.adding = p, adding{record: i, data: row.Data, left: row.Source}
	s.splitter.Split(row.Data, s.onValue, s.onSplit)
	return s.adding.err
}

// single says whether doc, if it is JSON, is one object: it does not cost a
// reading of the whole. What breaks JSON's rules is found by the encoder.
func single(doc []byte) bool {
	doc = bytes.TrimSpace(doc)
	if len(doc) < 2 || doc[0] != '{' || doc[len(doc)-1] != '}' {
		return false
	}
	for {
		at := bytes.IndexByte(doc, '}')
		if doc = doc[at+1:]; len(doc) == 0 {
			return true
		}
		for doc[0] <= ' ' { // ends before the last brace
			doc = doc[1:]
		}
		if c := doc[0]; c != '}' && c != ']' && c != ',' { // another value, or a string that has a brace
			return false
		}
	}
}

// addSingle adds a row of one object, unless it has no partition: then the
// reason may be that it is no JSON, which takes a reading of the whole.
func (s *splitting) addSingle(p *preparation, i int, row transform.Row) bool {
	id, err := s.find(row)
	if err != nil {
		return false
	}
	p.count(i)
	s.adding.err = s.keep(p, i, id, row)
	return true
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
	return s.keep(p, i, id, row)
}

// keep gives a row to the partition of that number.
func (s *splitting) keep(p *preparation, i, id int, row transform.Row) error {
	add(&p.outcome.Forwarded, row.Source)
	p.trace(&p.forwarded, "", i)
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
