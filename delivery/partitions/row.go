package partitions

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"hydrant/buffer"
)

// A Row is one row as it waits in a run. Slices are parts of the memory that it
// was read into.
type Row struct {
	Record  buffer.RecordID
	Arrival time.Time
	Data    []byte   // nil when Fields is set
	Fields  [][]byte // cells by the names of [Rules.Fields]; nil is null
	Source  []byte   // the part of the record that it came from
}

// What a row's first byte says.
const (
	rowCells  = 1 << iota // cells and not data
	rowWithin             // the data is a part of the source
)

// append encodes the row. Times are relative to base, unix ns.
func (r *Row) append(b []byte, base int64) []byte {
	at := -1
	flags := byte(0)
	if r.Fields != nil {
		flags = rowCells
	} else if at = within(r.Data, r.Source); at >= 0 {
		flags = rowWithin
	}
	b = append(b, flags)
	b = binary.AppendVarint(b, r.Arrival.UnixNano()-base)
	b = binary.AppendUvarint(b, r.Record.Offset)
	b = binary.AppendUvarint(b, uint64(r.Record.Index))
	b = appendBytes(b, r.Source)
	switch {
	case r.Fields != nil:
		b = binary.AppendUvarint(b, uint64(len(r.Fields)))
		for _, cell := range r.Fields {
			if cell == nil {
				b = append(b, 0)
				continue
			}
			b = binary.AppendUvarint(b, uint64(len(cell))+1)
			b = append(b, cell...)
		}
	case at >= 0:
		b = binary.AppendUvarint(b, uint64(at))
		b = binary.AppendUvarint(b, uint64(len(r.Data)))
	default:
		b = appendBytes(b, r.Data)
	}
	return b
}

func appendBytes(b, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// within returns where data lies in source, white space before it left out, or
// -1. Most rows are their source, and so are kept once.
func within(data, source []byte) int {
	at := 0
	for at < len(source) && source[at] <= ' ' && (len(data) == 0 || source[at] != data[0]) {
		at++
	}
	if len(data) > len(source)-at || !bytes.Equal(source[at:at+len(data)], data) {
		return -1
	}
	return at
}

// A rowReader takes the rows of an extent apart.
type rowReader struct {
	b      []byte
	base   int64
	parent buffer.SegmentID
	cells  [][]byte
	bad    bool
}

// next decodes the next row into r, whose slices are valid until the extent's
// memory is used again; the cells only until the next call.
func (d *rowReader) next(r *Row) error {
	*r = Row{}
	flags := d.byte()
	r.Arrival = time.Unix(0, d.base+d.varint()).UTC()
	r.Record = buffer.RecordID{Segment: d.parent, Offset: d.uvarint(), Index: uint32(d.uvarint())}
	r.Source = d.bytes(d.uvarint())
	switch {
	case flags&rowCells != 0:
		r.Fields = d.readCells()
	case flags&rowWithin != 0:
		at, n := d.uvarint(), d.uvarint()
		if at > uint64(len(r.Source)) || n > uint64(len(r.Source))-at {
			d.bad = true
			break
		}
		r.Data = r.Source[at : at+n : at+n]
	default:
		r.Data = d.bytes(d.uvarint())
	}
	if d.bad {
		return fmt.Errorf("partitions: a row can't be decoded: %w", buffer.ErrCorrupt)
	}
	return nil
}

func (d *rowReader) readCells() [][]byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	d.cells = d.cells[:0]
	for range n {
		size := d.uvarint()
		if size == 0 {
			d.cells = append(d.cells, nil)
			continue
		}
		d.cells = append(d.cells, d.bytes(size-1))
	}
	return d.cells
}

func (d *rowReader) byte() byte {
	if b := d.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *rowReader) varint() int64 {
	v, n := binary.Varint(d.b)
	d.skip(n)
	return v
}

func (d *rowReader) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.skip(n)
	return v
}

func (d *rowReader) skip(n int) {
	if n <= 0 {
		d.bad = true
		return
	}
	d.b = d.b[n:]
}

func (d *rowReader) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad = true
		return []byte{}
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}
