package orc

import "fmt"

// writerVersion is the one of Apache's Java writer of which we have all that
// it fixed and that readers ask for: statistics of UTF-8 and of UTC times, cut
// bounds, and bloom filters of UTF-8. There is no number for our own writer, so
// the footer names none.
const writerVersion = 9

// proleptic says that dates before 1582 are of the Gregorian calendar too.
const proleptic = 2

// maxPostscript is what the byte for the length of the postscript can say.
const maxPostscript = 255

// writeTail writes what follows the stripes.
func (w *Writer) writeTail() error {
	content := w.offset
	metadata, err := w.section(w.metadata.b)
	if err != nil {
		return err
	}
	footer, err := w.section(w.footer(content))
	if err != nil {
		return err
	}
	var m message
	m.uint(1, uint64(footer))
	m.uint(2, uint64(w.shared.comp.codec))
	if w.shared.comp.codec != codecNone {
		m.uint(3, uint64(w.shared.block))
	}
	minor := uint64(12)
	if w.shared.v1 {
		minor = 11
	}
	m.packed(4, []uint64{0, minor})
	m.uint(5, uint64(metadata))
	m.uint(6, writerVersion)
	m.string(8000, magic)
	if len(m.b) > maxPostscript {
		return fmt.Errorf("orc: a postscript of %d bytes", len(m.b))
	}
	return w.write(append(m.b, byte(len(m.b))))
}

// footer returns the Footer message; content is where the stripes end.
func (w *Writer) footer(content int64) []byte {
	var m message
	m.uint(1, uint64(len(magic)))
	m.uint(2, uint64(content))
	for _, s := range w.stripes {
		var info message
		info.uint(1, uint64(s.offset))
		info.uint(2, uint64(s.index))
		info.uint(3, uint64(s.data))
		info.uint(4, uint64(s.footer))
		info.uint(5, uint64(s.rows))
		m.bytes(3, info.b)
	}
	for _, n := range w.nodes {
		var t message
		n.appendType(&t)
		m.bytes(4, t.b)
	}
	m.uint(6, uint64(w.rows))
	for _, n := range w.nodes {
		var s message
		n.file.appendTo(&s, n.onDisk)
		m.bytes(7, s.b)
	}
	m.uint(8, uint64(w.opts.RowIndexStride))
	m.uint(11, proleptic)
	m.string(12, "hydrant")
	return m.b
}
