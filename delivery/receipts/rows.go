package receipts

import (
	"encoding/binary"
	"errors"

	"hydrant/buffer"
)

// A Builder writes down which records of one segment went to one place, in the
// order in which they lie there. Records that follow one another take a few
// bytes together, others a few bytes each. The zero value is empty.
type Builder struct {
	buf      []byte
	from, to position // of the run that is open
	number   int64    // of its last record
	open     bool
	last     position // end of the last run in buf
}

// A position is a record's place in its segment.
type position struct {
	offset uint64
	index  uint32
}

func (p position) less(q position) bool {
	return p.offset < q.offset || p.offset == q.offset && p.index < q.index
}

// Add notes a record. number counts the segment's records as they are read,
// from any start: two numbers that follow one another are two records with
// none between them. The same record may be added again at once.
func (b *Builder) Add(number int64, id buffer.RecordID) {
	at := position{id.Offset, id.Index}
	switch {
	case b.open && number == b.number:
		return
	case b.open && number == b.number+1:
		b.to, b.number = at, number
		return
	}
	b.Span(at, at)
	b.number = number
}

// Span notes all records from one place up to another, whatever they are.
func (b *Builder) Span(from, to position) {
	b.flush()
	b.from, b.to, b.open, b.number = from, to, true, -2
}

// AddBytes notes all records in size bytes of the segment at offset.
func (b *Builder) AddBytes(offset, size uint64) {
	b.Span(position{offset, 0}, position{offset + max(size, 1) - 1, 1<<32 - 1})
}

// flush ends the open run. A run is written as its begin, relative to the end
// of the last one, and its end, relative to its begin.
func (b *Builder) flush() {
	if !b.open {
		return
	}
	b.buf = appendStep(b.buf, b.last, b.from)
	b.buf = appendStep(b.buf, b.from, b.to)
	b.last, b.open = b.to, false
}

func appendStep(b []byte, from, to position) []byte {
	b = binary.AppendUvarint(b, to.offset-from.offset)
	if to.offset == from.offset {
		return binary.AppendUvarint(b, uint64(to.index-from.index))
	}
	return binary.AppendUvarint(b, uint64(to.index))
}

// Rows returns what was added.
func (b *Builder) Rows() Rows {
	b.flush()
	return b.buf
}

// Len returns the bytes that the rows take so far.
func (b *Builder) Len() int { return len(b.buf) }

// Rows say which records of a segment are meant.
type Rows []byte

var errRows = errors.New("receipts: damaged rows")

// Contain says whether a record is among the rows of its segment.
func (r Rows) Contain(id buffer.RecordID) (bool, error) {
	at, end := position{id.Offset, id.Index}, position{}
	for len(r) > 0 {
		var from position
		var ok bool
		if from, r, ok = readStep(r, end); !ok {
			return false, errRows
		}
		if end, r, ok = readStep(r, from); !ok {
			return false, errRows
		}
		if at.less(from) {
			return false, nil
		}
		if !end.less(at) {
			return true, nil
		}
	}
	return false, nil
}

func readStep(b []byte, from position) (to position, rest []byte, ok bool) {
	offset, n := binary.Uvarint(b)
	if n <= 0 {
		return to, nil, false
	}
	index, m := binary.Uvarint(b[n:])
	if m <= 0 || index > 1<<32-1 {
		return to, nil, false
	}
	to = position{from.offset + offset, uint32(index)}
	if offset == 0 {
		to.index += from.index
	}
	return to, b[n+m:], true
}
