package orc

import (
	"errors"
	"fmt"
	"io"

	"hydrant/formats/column"
)

// Options say how a file is written; names and defaults are Firehose's
// (Firehose API reference, OrcSerDe). The zero value is ready for use.
type Options struct {
	Compression string // none, zlib, snappy, lz4 or zstd; "" is snappy

	// StripeBytes is about how many bytes of the file a stripe has, 64 MiB when
	// zero. Stripes end before when memory gets short.
	StripeBytes int64

	// RowIndexStride is the rows of a row group, 10,000 when zero.
	RowIndexStride int64

	// CompressionBlockBytes is how much is compressed at once, 256 KiB when
	// zero, at most 4 MiB.
	CompressionBlockBytes int64

	// BloomFilterColumns are columns of the schema that get bloom filters, all
	// primitive parts of nested ones too. BloomFilterFPP is the probability
	// with which a filter takes a value for one that it has, 0.05 when zero.
	BloomFilterColumns []string
	BloomFilterFPP     float64

	// DictionaryKeyThreshold is up to which share of distinct values, 0 to 1,
	// text gets a dictionary; 1 is always. At 0 a column decides by itself,
	// stripe by stripe, whether a dictionary makes it smaller. A dictionary of
	// more than 16 MiB is given up in any case.
	DictionaryKeyThreshold float64

	FormatVersion string // V0_12, also when "", or V0_11

	// EnablePadding fills up a block of BlockBytes (256 MiB when zero) with
	// zeros when the next stripe would cross its end, as HDFS likes it, if that
	// wastes at most PaddingTolerance (0.05 when zero) of a stripe.
	EnablePadding    bool
	BlockBytes       int64
	PaddingTolerance float64
}

const (
	defaultStripeBytes = 64 << 20
	defaultStride      = 10000
	defaultBlock       = 256 << 10
	maxBlock           = 4 << 20
	defaultFPP         = 0.05
	defaultBlockBytes  = 256 << 20
	defaultTolerance   = 0.05

	// heldLimit is how many bytes are held before a stripe ends early. Up to a
	// third of them is kept for the next one.
	heldLimit = 48 << 20
)

// Format versions.
const (
	versionV011 = "V0_11"
	versionV012 = "V0_12"
)

// A Writer writes one ORC file. One goroutine owns it.
type Writer struct {
	w      io.Writer
	opts   Options
	nodes  []*node
	leaves []*node // those of the schema's leaves, in their order
	shared *shared
	limit  int64 // heldLimit, smaller in tests

	offset     int64 // in the file
	rows       int64 // of the file
	stripeRows int64
	groupRows  int64 // of the row group begun
	stripes    []stripeInfo
	metadata   message // statistics of the stripes
	cuts       []cut
	err        error // sticky: set by the first failed write, or by Close
}

var errClosed = errors.New("orc: writer is closed")

// NewWriter returns a writer of rows of s into w, which gets the file's first
// bytes at once. s must not change until Close.
func NewWriter(w io.Writer, s *column.Schema, o Options) (*Writer, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	comp, err := newCompressor(o.Compression)
	if err != nil {
		return nil, err
	}
	sh := &shared{comp: comp, block: int(o.CompressionBlockBytes), v1: o.FormatVersion == versionV011}
	if comp.codec == codecNone {
		sh.block = blockBytes
	}
	o.BloomFilterColumns = append([]string(nil), o.BloomFilterColumns...)
	nodes, err := buildTree(s, &o, sh)
	if err != nil {
		return nil, err
	}
	p := &Writer{w: w, opts: o, nodes: nodes, shared: sh, limit: heldLimit}
	for _, n := range nodes {
		if len(n.children) == 0 {
			p.leaves = append(p.leaves, n)
		}
	}
	p.cuts = make([]cut, len(p.leaves))
	if err := p.write([]byte(magic)); err != nil {
		return nil, err
	}
	return p, nil
}

// fill puts defaults in place of zeros.
func (o *Options) fill() error {
	for _, v := range []struct {
		name          string
		value         *int64
		def, low, top int64
	}{
		{"stripe size", &o.StripeBytes, defaultStripeBytes, 1, 1 << 40},
		{"row index stride", &o.RowIndexStride, defaultStride, 1, 1 << 30},
		{"compression block size", &o.CompressionBlockBytes, defaultBlock, 1 << 10, maxBlock},
		{"block size", &o.BlockBytes, defaultBlockBytes, 1, 1 << 40},
	} {
		if *v.value == 0 {
			*v.value = v.def
		}
		if *v.value < v.low || *v.value > v.top {
			return fmt.Errorf("orc: %s %d is not between %d and %d", v.name, *v.value, v.low, v.top)
		}
	}
	if o.BloomFilterFPP == 0 {
		o.BloomFilterFPP = defaultFPP
	}
	if o.PaddingTolerance == 0 {
		o.PaddingTolerance = defaultTolerance
	}
	if o.FormatVersion == "" {
		o.FormatVersion = versionV012
	}
	switch {
	case !(o.BloomFilterFPP > 0 && o.BloomFilterFPP < 1):
		return fmt.Errorf("orc: bloom filter false positive probability %g is not between 0 and 1", o.BloomFilterFPP)
	case !(o.DictionaryKeyThreshold >= 0 && o.DictionaryKeyThreshold <= 1):
		return fmt.Errorf("orc: dictionary key threshold %g is not between 0 and 1", o.DictionaryKeyThreshold)
	case !(o.PaddingTolerance > 0 && o.PaddingTolerance <= 1):
		return fmt.Errorf("orc: padding tolerance %g is not between 0 and 1", o.PaddingTolerance)
	case o.FormatVersion != versionV011 && o.FormatVersion != versionV012:
		return fmt.Errorf("orc: format version %q is not one of %s, %s", o.FormatVersion, versionV011, versionV012)
	}
	return nil
}

// Write adds all rows of c, which may be reused afterwards. Errors are those of
// [Writer.WriteLeaves].
func (w *Writer) Write(c *column.Columns) error { return w.WriteLeaves(c.Rows(), c.Leaves) }

// WriteLeaves adds rows rows, whose values are in leaves: one for each leaf of
// the schema, depth-first. The leaves may be reused afterwards. When a leaf
// doesn't fit the schema or the number of rows, or has a time that is not
// [Storable], nothing is added; after any other error the file is lost and each
// later call returns that error.
func (w *Writer) WriteLeaves(rows int, leaves []column.Leaf) error {
	if w.err != nil {
		return w.err
	}
	if len(leaves) != len(w.leaves) {
		return fmt.Errorf("orc: %d leaves for a schema of %d", len(leaves), len(w.leaves))
	}
	for i, n := range w.leaves {
		if err := n.check(&leaves[i], rows); err != nil {
			return fmt.Errorf("orc: column %s %w", pathOf(&leaves[i]), err)
		}
	}
	w.err = w.writeLeaves(rows, leaves)
	return w.err
}

// writeLeaves adds the rows in pieces that end where row groups do.
func (w *Writer) writeLeaves(rows int, leaves []column.Leaf) error {
	clear(w.cuts)
	for rows > 0 {
		n := int(min(int64(rows), w.opts.RowIndexStride-w.groupRows))
		w.addRows(n, leaves)
		rows -= n
		if w.shared.comp.err != nil {
			return w.shared.comp.err
		}
		if w.stripeBytes() >= w.opts.StripeBytes || w.Held() >= w.limit {
			if err := w.flushStripe(); err != nil {
				return err
			}
		}
	}
	return nil
}

// A cut is up to where the slots and the values of a leaf are written.
type cut struct{ slot, value int }

// addRows adds the next n rows of leaves, which are of one row group.
func (w *Writer) addRows(n int, leaves []column.Leaf) {
	if w.groupRows == 0 {
		for _, node := range w.nodes {
			node.beginGroup()
		}
	}
	var l *column.Leaf
	var from, to cut
	last := -1
	for _, node := range w.nodes {
		if node.leaf != last {
			l, last = &leaves[node.leaf], node.leaf
			from = w.cuts[last]
			to = w.leaves[last].after(l, from, n)
			w.cuts[last] = to
		}
		if node.id == 0 {
			node.group.values += int64(n)
			continue
		}
		node.add(l, from.slot, to.slot, from.value, to.value)
	}
	w.rows += int64(n)
	w.stripeRows += int64(n)
	if w.groupRows += int64(n); w.groupRows == w.opts.RowIndexStride {
		w.endGroup()
	}
}

func (w *Writer) endGroup() {
	for _, n := range w.nodes {
		n.endGroup()
	}
	w.groupRows = 0
}

// Rows returns how many rows were added.
func (w *Writer) Rows() int64 { return w.rows }

// stripeBytes returns about how large the stripe is.
func (w *Writer) stripeBytes() int64 {
	sum := int64(0)
	for _, n := range w.nodes {
		sum += n.size()
	}
	return sum
}

// Held returns the bytes of memory that the writer holds.
func (w *Writer) Held() int64 {
	s := w.shared
	sum := s.pool.held() + s.comp.held() + int64(cap(s.scratch)+cap(s.bits)) + int64(cap(s.ints))*8 +
		int64(cap(w.metadata.b)) + int64(cap(w.stripes))*stripeInfoBytes
	for _, n := range w.nodes {
		sum += n.held()
	}
	return sum
}

// release gives up memory that the next stripe would have used again.
func (w *Writer) release() {
	for _, n := range w.nodes {
		n.release()
	}
	s := w.shared
	s.pool.release()
	s.comp.release()
	s.scratch, s.bits, s.ints = nil, nil, nil
}

// Close writes the last stripe and the footer. It does not close the writer
// below. The file is complete only when Close returns nil.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if err := w.flushStripe(); err != nil {
		w.err = err
		return err
	}
	if err := w.writeTail(); err != nil {
		w.err = err
		return err
	}
	w.err = errClosed
	w.release()
	w.shared.comp.close()
	return nil
}
