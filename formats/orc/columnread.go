package orc

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"hydrant/formats/column"
)

// A columnReader reads one column of a stripe and those below it.
type columnReader struct {
	id         int
	typ        column.Type
	encoding   Encoding
	children   []*columnReader
	present    *boolDecoder // nil without nulls
	bools      boolDecoder
	data       byteSource
	ints       intSource // DATA of integers, seconds and indexes
	length     intSource
	secondary  intSource
	dictionary []string
}

// columnReader returns the reader of column id and the id after those below.
func (r *Reader) columnReader(s *Stripe, id int) (*columnReader, int, error) {
	t, _, err := r.meta.typeAt(id, 0)
	if err != nil {
		return nil, 0, err
	}
	c := &columnReader{id: id, typ: t, encoding: s.Encodings[id]}
	v1 := c.encoding.kind < encodingDirectV2
	indexes := c.encoding.kind == encodingDictionary || c.encoding.kind == encodingDictionaryV2
	c.ints.v1, c.length.v1, c.secondary.v1 = v1, v1, v1
	c.ints.signed = !indexes
	c.secondary.signed = t.Kind == column.Decimal
	var entries []byte
	for _, st := range s.Streams {
		if st.Column != id {
			continue
		}
		var src byteSource
		if st.kind == streamRowIndex || st.kind == streamBloomUTF8 {
			continue
		}
		if src.all, src.starts, err = r.chunks(st.Offset, st.Bytes); err != nil {
			return nil, 0, err
		}
		switch st.kind {
		case streamPresent:
			c.present = &boolDecoder{byteDecoder: byteDecoder{byteSource: src}}
		case streamData:
			c.data, c.ints.byteSource = src, src
			c.bools.byteSource = src
		case streamLength:
			c.length.byteSource = src
		case streamSecondary:
			c.secondary.byteSource = src
		case streamDictionaryData:
			entries = src.all
		}
	}
	for _, i := range []*intSource{&c.ints, &c.length, &c.secondary} {
		i.intDecoder.reset(i.all)
	}
	if indexes {
		if err := c.readDictionary(entries); err != nil {
			return nil, 0, err
		}
	}
	next := id + 1
	for range r.meta.types[id].children {
		var child *columnReader
		if child, next, err = r.columnReader(s, next); err != nil {
			return nil, 0, err
		}
		c.children = append(c.children, child)
	}
	return c, next, nil
}

func (c *columnReader) readDictionary(entries []byte) error {
	for range c.encoding.DictionaryEntries {
		n, err := c.length.next()
		if err != nil {
			return fmt.Errorf("dictionary of column %d: %w", c.id, err)
		}
		if n < 0 || n > int64(len(entries)) {
			return damaged("a dictionary's entry")
		}
		c.dictionary = append(c.dictionary, string(entries[:n]))
		entries = entries[n:]
	}
	return nil
}

// read returns the next n values of the column.
func (c *columnReader) read(n int) ([]any, error) {
	out := make([]any, n)
	there := make([]int, 0, n)
	for i := range n {
		bit := true
		if c.present != nil {
			var err error
			if bit, err = c.present.next(); err != nil {
				return nil, err
			}
		}
		if bit {
			there = append(there, i)
		}
	}
	values, err := c.readValues(len(there))
	if err != nil {
		return nil, fmt.Errorf("column %d: %w", c.id, err)
	}
	for k, i := range there {
		out[i] = values[k]
	}
	return out, nil
}

// readValues returns the next n values that are not null.
func (c *columnReader) readValues(n int) ([]any, error) {
	switch c.typ.Kind {
	case column.Struct:
		return c.readStructs(n)
	case column.Array, column.Map:
		return c.readLists(n)
	}
	out := make([]any, n)
	for i := range out {
		v, err := c.readValue()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (c *columnReader) readStructs(n int) ([]any, error) {
	out := make([]any, n)
	for i := range out {
		out[i] = make([]any, len(c.children))
	}
	for f, child := range c.children {
		values, err := child.read(n)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			out[i].([]any)[f] = v
		}
	}
	return out, nil
}

// maxChildren bounds how many elements are read at once.
const maxChildren = 1 << 22

func (c *columnReader) readLists(n int) ([]any, error) {
	lengths, total := make([]int64, n), int64(0)
	for i := range lengths {
		v, err := c.length.next()
		if err != nil {
			return nil, err
		}
		lengths[i] = v
		if total += v; v < 0 || v > maxChildren || total > maxChildren {
			return nil, damaged("the length of a list")
		}
	}
	items, err := c.children[0].read(int(total))
	if err != nil {
		return nil, err
	}
	if c.typ.Kind == column.Map {
		values, err := c.children[1].read(int(total))
		if err != nil {
			return nil, err
		}
		for i := range items {
			items[i] = []any{items[i], values[i]}
		}
	}
	out := make([]any, n)
	for i, k := range lengths {
		out[i], items = items[:k:k], items[k:]
	}
	return out, nil
}

func (c *columnReader) readValue() (any, error) {
	switch c.typ.Kind {
	case column.Boolean:
		return c.bools.next()
	case column.TinyInt:
		b, err := c.bools.byteDecoder.next()
		return int64(int8(b)), err
	case column.SmallInt, column.Int, column.BigInt, column.Date:
		return c.ints.next()
	case column.Float:
		b, err := c.data.take(4)
		if err != nil {
			return nil, err
		}
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
	case column.Double:
		b, err := c.data.take(8)
		if err != nil {
			return nil, err
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	case column.Decimal:
		return c.readDecimal()
	case column.Timestamp:
		return c.readTime()
	}
	return c.readBytes()
}

func (c *columnReader) readDecimal() (any, error) {
	v, n := readVarint(c.data.all[c.data.at:])
	if n == 0 {
		return nil, errCut
	}
	c.data.at += n
	scale, err := c.secondary.next()
	if err != nil {
		return nil, err
	}
	if scale < 0 || scale > column.MaxPrecision {
		return nil, damaged("a decimal's scale")
	}
	return string(v.appendDecimal(nil, int(scale))), nil
}

func (c *columnReader) readTime() (any, error) {
	second, err := c.ints.next()
	if err != nil {
		return nil, err
	}
	packed, err := c.secondary.next()
	if err != nil {
		return nil, err
	}
	second += epoch2015
	nanos := unpackNanos(uint64(packed))
	if second < 0 && nanos >= msNanos {
		second--
	}
	return time.Unix(second, nanos).UTC(), nil
}

func (c *columnReader) readBytes() (any, error) {
	if c.encoding.kind == encodingDictionary || c.encoding.kind == encodingDictionaryV2 {
		i, err := c.ints.next()
		if err != nil {
			return nil, err
		}
		if i < 0 || i >= int64(len(c.dictionary)) {
			return nil, damaged("an index into a dictionary")
		}
		return c.dictionary[i], nil
	}
	n, err := c.length.next()
	if err != nil {
		return nil, err
	}
	b, err := c.data.take(int(min(n, math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	if c.typ.Kind == column.Binary {
		return append([]byte{}, b...), nil
	}
	return string(b), nil
}

// find returns the reader of column id, c itself when there is none.
func (c *columnReader) find(id int) *columnReader {
	for i := len(c.children) - 1; i >= 0; i-- {
		if child := c.children[i]; child.id <= id {
			return child.find(id)
		}
	}
	return c
}

// seek goes to positions of a row index: those of PRESENT, DATA, LENGTH and
// SECONDARY, as far as the column has them.
func (c *columnReader) seek(p []uint64) (err error) {
	if c.present != nil {
		if p, err = c.present.seek(p); err != nil {
			return err
		}
	}
	switch c.typ.Kind {
	case column.Struct:
	case column.Boolean:
		p, err = c.bools.seek(p)
	case column.TinyInt:
		p, err = c.bools.byteDecoder.seek(p)
	case column.SmallInt, column.Int, column.BigInt, column.Date:
		p, err = c.ints.seek(p)
	case column.Array, column.Map:
		p, err = c.length.seek(p)
	case column.Float, column.Double:
		p, err = c.data.seek(p)
	case column.Decimal:
		if p, err = c.data.seek(p); err == nil {
			p, err = c.secondary.seek(p)
		}
	case column.Timestamp:
		if p, err = c.ints.seek(p); err == nil {
			p, err = c.secondary.seek(p)
		}
	default:
		if c.dictionary != nil {
			p, err = c.ints.seek(p)
		} else if p, err = c.data.seek(p); err == nil {
			p, err = c.length.seek(p)
		}
	}
	if err == nil && len(p) > 0 {
		return fmt.Errorf("%d positions too many", len(p))
	}
	return err
}

// groupPositions returns the positions of a row group from a RowIndex message.
func groupPositions(index []byte, group int) (positions []uint64, err error) {
	at := 0
	err = fields(index, func(_ protowire.Number, _ uint64, b []byte) error {
		if at++; at != group+1 {
			return nil
		}
		return fields(b, func(field protowire.Number, _ uint64, b []byte) (err error) {
			if field == 1 {
				positions, err = numbers(b)
			}
			return err
		})
	})
	if err == nil && at <= group {
		err = damaged("a row index is too short")
	}
	return positions, err
}
