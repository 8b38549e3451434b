package orc

import "fmt"

// magic begins the file, and ends the postscript.
const magic = "ORC"

// A stripeInfo is what the footer says of a stripe.
type stripeInfo struct {
	offset, index, data, footer, rows int64
}

// stripeInfoBytes is the size of a stripeInfo.
const stripeInfoBytes = 40

// flushStripe writes the stripe in progress, if it has rows.
func (w *Writer) flushStripe() error {
	if w.stripeRows == 0 {
		return nil
	}
	if w.groupRows > 0 {
		w.endGroup()
	}
	for _, n := range w.nodes {
		n.finish()
	}
	if w.shared.comp.err != nil {
		return w.shared.comp.err
	}
	if err := w.pad(); err != nil {
		return err
	}
	if err := w.writeStripe(); err != nil {
		return err
	}
	for _, n := range w.nodes {
		n.reset()
	}
	w.stripeRows = 0
	if w.Held() > w.limit/3 {
		w.release()
	}
	return nil
}

// pad fills the block up when the stripe would cross its end.
func (w *Writer) pad() error {
	room := w.opts.BlockBytes - w.offset%w.opts.BlockBytes
	if !w.opts.EnablePadding || w.stripeBytes() <= room ||
		float64(room) > w.opts.PaddingTolerance*float64(w.opts.StripeBytes) {
		return nil
	}
	zeros := make([]byte, blockBytes)
	for room > 0 {
		n := min(room, blockBytes)
		if err := w.write(zeros[:n]); err != nil {
			return err
		}
		room -= n
	}
	return nil
}

// writeStripe writes the index, the data and the footer.
func (w *Writer) writeStripe() error {
	info := stripeInfo{offset: w.offset, rows: w.stripeRows}
	var footer message
	if err := w.writeIndex(&footer); err != nil {
		return err
	}
	info.index = w.offset - info.offset
	if err := w.writeData(&footer); err != nil {
		return err
	}
	info.data = w.offset - info.offset - info.index
	for _, n := range w.nodes {
		footer.bytes(2, n.encodingMessage())
	}
	footer.string(3, "UTC") // the zone of timestamps
	size, err := w.section(footer.b)
	if err != nil {
		return err
	}
	info.footer = size
	w.stripes = append(w.stripes, info)

	var all message
	for _, n := range w.nodes {
		var m message
		n.stripe.appendTo(&m, 0)
		all.bytes(1, m.b)
	}
	w.metadata.bytes(1, all.b)
	return nil
}

// writeIndex writes the row indexes and bloom filters.
func (w *Writer) writeIndex(footer *message) error {
	for _, n := range w.nodes {
		size, err := w.section(n.rowIndex())
		if err != nil {
			return err
		}
		appendStream(footer, streamRowIndex, n.id, size)
		if n.filter == nil {
			continue
		}
		if size, err = w.section(n.filters.b); err != nil {
			return err
		}
		appendStream(footer, streamBloomUTF8, n.id, size)
	}
	return nil
}

// writeData writes the columns' streams.
func (w *Writer) writeData(footer *message) error {
	for _, n := range w.nodes {
		for _, s := range n.streams() {
			for _, block := range s.out.blocks {
				if err := w.write(block); err != nil {
					return err
				}
			}
			n.onDisk += s.out.size
			appendStream(footer, s.kind, n.id, s.out.size)
		}
	}
	return nil
}

func appendStream(footer *message, kind, id int, size int64) {
	var m message
	m.uint(1, uint64(kind))
	m.uint(2, uint64(id))
	m.uint(3, uint64(size))
	footer.bytes(1, m.b)
}

// bloomUTC says that bloom filters of timestamps are of UTC.
const bloomUTC = 1

func (n *node) encodingMessage() []byte {
	kind, entries := encodingDirect, 0
	if n.values != nil {
		kind, entries = n.values.encoding()
	}
	var m message
	m.uint(1, uint64(kind))
	if kind == encodingDictionary || kind == encodingDictionaryV2 {
		m.uint(2, uint64(entries))
	}
	if n.filter != nil {
		m.uint(3, bloomUTC)
	}
	return m.b
}

// section writes b in compression chunks and returns how many bytes that took.
func (w *Writer) section(b []byte) (size int64, err error) {
	start := w.offset
	if w.shared.comp.codec == codecNone {
		err = w.write(b)
		return w.offset - start, err
	}
	for len(b) > 0 {
		n := min(len(b), w.shared.block)
		header, body := w.shared.comp.chunk(b[:n])
		if err := w.write(header[:]); err != nil {
			return 0, err
		}
		if err := w.write(body); err != nil {
			return 0, err
		}
		b = b[n:]
	}
	return w.offset - start, w.shared.comp.err
}

func (w *Writer) write(p []byte) error {
	n, err := w.w.Write(p)
	w.offset += int64(n)
	if err != nil {
		return fmt.Errorf("orc: write at %d: %w", w.offset, err)
	}
	return nil
}
