package orc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hydrant/formats/column"
)

// Meta is the structure of a file: what its tail and the stripes' footers say.
type Meta struct {
	Version        string // such as "0.12"
	Compression    string
	BlockBytes     int64 // of a compression chunk before compression
	Rows           int64
	RowIndexStride int64
	Schema         *column.Schema
	Columns        []Statistics // of the file, by column: 0 is the rows, then types in pre-order
	Stripes        []Stripe

	types []fileType
	codec int
}

// A Stripe is a part of the file with whole rows.
type Stripe struct {
	Offset                             int64
	IndexBytes, DataBytes, FooterBytes int64
	Rows                               int64
	Zone                               string // of timestamps
	Streams                            []Stream
	Encodings                          []Encoding
	Columns                            []Statistics // as in Meta
}

// A Stream is some of the bytes of a column.
type Stream struct {
	Kind   string // such as "DATA"
	Column int
	Offset int64 // in the file
	Bytes  int64

	kind int
}

// An Encoding is how a column of a stripe is encoded.
type Encoding struct {
	Name              string // such as "DICTIONARY_V2"
	DictionaryEntries int

	kind int
}

// Statistics are of a column's values. What is not known is "".
type Statistics struct {
	Values   int64 // that are not null
	HasNull  bool
	Min, Max string
	Sum      string
}

var streamNames = map[int]string{
	streamPresent: "PRESENT", streamData: "DATA", streamLength: "LENGTH", streamDictionaryData: "DICTIONARY_DATA",
	streamSecondary: "SECONDARY", streamRowIndex: "ROW_INDEX", streamBloomUTF8: "BLOOM_FILTER_UTF8",
}

var encodingNames = [...]string{"DIRECT", "DICTIONARY", "DIRECT_V2", "DICTIONARY_V2"}

// errFormat means that a file is not an ORC file, or damaged.
var errFormat = errors.New("orc: no ORC file, or damaged")

func damaged(what string) error { return fmt.Errorf("%w: %s", errFormat, what) }

// fields calls f for each field of a message: with a number for varints and
// fixed fields, with bytes for others.
func fields(b []byte, f func(field protowire.Number, n uint64, b []byte) error) error {
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return damaged("a tag")
		}
		b = b[size:]
		var n uint64
		var body []byte
		switch typ {
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			n, size = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			body, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(num, typ, b)
		}
		if size < 0 {
			return damaged("a field")
		}
		b = b[size:]
		if err := f(num, n, body); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads packed numbers.
func numbers(b []byte) ([]uint64, error) {
	var out []uint64
	for len(b) > 0 {
		n, size := protowire.ConsumeVarint(b)
		if size < 0 {
			return nil, damaged("packed numbers")
		}
		out, b = append(out, n), b[size:]
	}
	return out, nil
}

// A tail is what the postscript says.
type tail struct {
	footer, metadata, block uint64
	codec                   uint64
	version                 []uint64
	magic                   string
}

// OpenMeta reads the structure of a file of that size.
func OpenMeta(r io.ReaderAt, size int64) (*Meta, error) {
	rd, err := NewReader(r, size)
	if err != nil {
		return nil, err
	}
	return rd.Meta()
}

// readTail reads postscript, footer and metadata.
func (r *Reader) readTail() error {
	t, end, err := r.readPostscript()
	if err != nil {
		return err
	}
	m := r.meta
	footer, err := r.section(end-int64(t.footer), int64(t.footer))
	if err != nil {
		return err
	}
	if err := m.parseFooter(footer); err != nil {
		return err
	}
	metadata, err := r.section(end-int64(t.footer)-int64(t.metadata), int64(t.metadata))
	if err != nil {
		return err
	}
	stripe := 0
	return fields(metadata, func(field protowire.Number, _ uint64, b []byte) error {
		if field != 1 || stripe == len(m.Stripes) {
			return nil
		}
		s := &m.Stripes[stripe]
		stripe++
		return fields(b, func(_ protowire.Number, _ uint64, b []byte) error {
			st, err := parseStatistics(b)
			s.Columns = append(s.Columns, st)
			return err
		})
	})
}

func (r *Reader) readPostscript() (t tail, end int64, err error) {
	const most = maxPostscript + 1
	buf := make([]byte, min(most, r.size))
	if _, err := r.r.ReadAt(buf, r.size-int64(len(buf))); err != nil && err != io.EOF {
		return t, 0, fmt.Errorf("orc: read postscript: %w", err)
	}
	if len(buf) == 0 || int(buf[len(buf)-1]) >= len(buf) {
		return t, 0, damaged("too short")
	}
	n := int(buf[len(buf)-1])
	end = r.size - 1 - int64(n)
	err = fields(buf[len(buf)-1-n:len(buf)-1], func(field protowire.Number, n uint64, b []byte) (err error) {
		switch field {
		case 1:
			t.footer = n
		case 2:
			t.codec = n
		case 3:
			t.block = n
		case 4:
			t.version, err = numbers(b)
		case 5:
			t.metadata = n
		case 8000:
			t.magic = string(b)
		}
		return err
	})
	switch {
	case err != nil:
		return t, 0, err
	case t.magic != magic:
		return t, 0, damaged("the magic is missing")
	case t.footer > uint64(end) || t.metadata > uint64(end)-t.footer:
		return t, 0, damaged("the tail is longer than the file")
	case t.codec >= uint64(len(codecNames)) || codecNames[t.codec] == "":
		return t, 0, fmt.Errorf("orc: compression %d is not supported", t.codec)
	case t.codec != codecNone && (t.block == 0 || t.block > 1<<23):
		return t, 0, damaged("the size of a compression chunk")
	}
	r.meta = &Meta{Compression: codecNames[t.codec], codec: int(t.codec), BlockBytes: int64(t.block)}
	if len(t.version) == 2 {
		r.meta.Version = fmt.Sprintf("%d.%d", t.version[0], t.version[1])
	}
	return t, end, nil
}

// A fileType is a Type message.
type fileType struct {
	kind                     uint64
	children                 []uint64
	names                    []string
	length, precision, scale uint64
}

func (m *Meta) parseFooter(b []byte) error {
	err := fields(b, func(field protowire.Number, n uint64, b []byte) error {
		switch field {
		case 3:
			s, err := parseStripe(b)
			m.Stripes = append(m.Stripes, s)
			return err
		case 4:
			t, err := parseType(b)
			m.types = append(m.types, t)
			return err
		case 6:
			m.Rows = int64(n)
		case 7:
			s, err := parseStatistics(b)
			m.Columns = append(m.Columns, s)
			return err
		case 8:
			m.RowIndexStride = int64(n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(m.types) == 0 {
		return damaged("no types")
	}
	root, next, err := m.typeAt(0, 0)
	switch {
	case err != nil:
		return err
	case root.Kind != column.Struct || next != len(m.types):
		return damaged("the types are no rows")
	}
	m.Schema = &column.Schema{Columns: root.Fields}
	return nil
}

func parseStripe(b []byte) (s Stripe, err error) {
	err = fields(b, func(field protowire.Number, n uint64, _ []byte) error {
		if n > math.MaxInt64/8 {
			return damaged("a stripe")
		}
		switch field {
		case 1:
			s.Offset = int64(n)
		case 2:
			s.IndexBytes = int64(n)
		case 3:
			s.DataBytes = int64(n)
		case 4:
			s.FooterBytes = int64(n)
		case 5:
			s.Rows = int64(n)
		}
		return nil
	})
	return s, err
}

func parseType(b []byte) (t fileType, err error) {
	err = fields(b, func(field protowire.Number, n uint64, b []byte) error {
		switch field {
		case 1:
			t.kind = n
		case 2:
			ids, err := numbers(b)
			if b == nil { // not packed
				ids = []uint64{n}
			}
			t.children = append(t.children, ids...)
			return err
		case 3:
			t.names = append(t.names, string(b))
		case 4:
			t.length = n
		case 5:
			t.precision = n
		case 6:
			t.scale = n
		}
		return nil
	})
	return t, err
}

// typeAt returns the type with that id and the id after those below it.
func (m *Meta) typeAt(id, depth int) (t column.Type, next int, err error) {
	if id >= len(m.types) || depth > maxDepth {
		return t, 0, damaged("a type's number")
	}
	f := &m.types[id]
	for k, n := range typeKinds {
		if n == f.kind {
			t.Kind = k
		}
	}
	if t.Kind == 0 {
		return t, 0, fmt.Errorf("orc: type %d is not supported", f.kind)
	}
	t.Length, t.Precision, t.Scale = int(f.length), int(f.precision), int(f.scale)
	next = id + 1
	for i, child := range f.children {
		if child != uint64(next) || t.Kind == column.Struct && i >= len(f.names) {
			return t, 0, damaged("types are out of order")
		}
		var c column.Type
		if c, next, err = m.typeAt(next, depth+1); err != nil {
			return t, 0, err
		}
		switch {
		case t.Kind == column.Struct:
			t.Fields = append(t.Fields, column.Column{Name: f.names[i], Type: c})
		case t.Kind == column.Map && i == 0:
			t.Key = &c
		default:
			t.Elem = &c
		}
	}
	if t.Kind == column.Array && len(f.children) != 1 || t.Kind == column.Map && len(f.children) != 2 || !t.Kind.IsNested() && len(f.children) > 0 {
		return t, 0, damaged("a type's parts")
	}
	return t, next, nil
}

// parseStripeFooter fills in streams, encodings and the zone.
func (s *Stripe) parseStripeFooter(b []byte) error {
	at := s.Offset
	return fields(b, func(field protowire.Number, _ uint64, b []byte) error {
		switch field {
		case 1:
			var st Stream
			err := fields(b, func(field protowire.Number, n uint64, _ []byte) error {
				switch field {
				case 1:
					st.kind = int(n)
				case 2:
					st.Column = int(n)
				case 3:
					st.Bytes = int64(n)
				}
				return nil
			})
			if st.Bytes < 0 || st.Bytes > s.IndexBytes+s.DataBytes-(at-s.Offset) {
				return damaged("a stream is longer than its stripe")
			}
			st.Kind, st.Offset = streamNames[st.kind], at
			at += st.Bytes
			s.Streams = append(s.Streams, st)
			return err
		case 2:
			var e Encoding
			err := fields(b, func(field protowire.Number, n uint64, _ []byte) error {
				switch field {
				case 1:
					e.kind = int(n & 3)
				case 2:
					e.DictionaryEntries = int(n)
				}
				return nil
			})
			e.Name = encodingNames[e.kind]
			s.Encodings = append(s.Encodings, e)
			return err
		case 3:
			s.Zone = string(bytes.Clone(b))
		}
		return nil
	})
}
