package orc

import (
	"fmt"
	"io"

	"hydrant/formats/column"
)

// Describe writes the structure of the file for people: schema and statistics
// of its columns, and each stripe with its streams and encodings.
func (m *Meta) Describe(w io.Writer) error {
	p := &printer{w: w}
	p.line("ORC %s, %s, %d rows, %d stripes, row groups of %d rows", m.Version, m.Compression, m.Rows, len(m.Stripes), m.RowIndexStride)
	if m.BlockBytes > 0 {
		p.line("compression blocks of %d bytes", m.BlockBytes)
	}
	id := 0
	for _, c := range m.Schema.Columns {
		p.column(m, &id, c.Name, &c.Type, "  ")
	}
	for i := range m.Stripes {
		p.stripe(i, &m.Stripes[i])
	}
	return p.err
}

// A printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// column prints the column after id and those below it.
func (p *printer) column(m *Meta, id *int, name string, t *column.Type, indent string) {
	*id++
	statistics := ""
	if *id < len(m.Columns) {
		statistics = ": " + m.Columns[*id].String()
	}
	p.line("%s%d %s %s%.300s", indent, *id, name, t, statistics)
	indent += "  "
	for i := range t.Fields {
		p.column(m, id, t.Fields[i].Name, &t.Fields[i].Type, indent)
	}
	if t.Key != nil {
		p.column(m, id, "key", t.Key, indent)
	}
	if t.Elem != nil {
		p.column(m, id, "element", t.Elem, indent)
	}
}

func (p *printer) stripe(i int, s *Stripe) {
	p.line("stripe %d at %d: %d rows, index %d bytes, data %d, footer %d, zone %s", i, s.Offset, s.Rows, s.IndexBytes, s.DataBytes, s.FooterBytes, s.Zone)
	for _, st := range s.Streams {
		encoding := ""
		if st.kind == streamData && st.Column >= 0 && st.Column < len(s.Encodings) {
			e := s.Encodings[st.Column]
			if encoding = ", " + e.Name; e.DictionaryEntries > 0 {
				encoding += fmt.Sprintf(" of %d entries", e.DictionaryEntries)
			}
		}
		p.line("  column %d %s at %d: %d bytes%s", st.Column, st.Kind, st.Offset, st.Bytes, encoding)
	}
}
