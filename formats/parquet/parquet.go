// Package parquet writes Parquet files from typed columns.
//
// A file is row groups, of each a column chunk for each leaf of the schema,
// and behind them the page indexes and the footer:
//
//	"PAR1"
//	row group 1   column chunk 1   [dictionary page] data page, data page, ...
//	              column chunk 2   ...
//	row group 2   ...
//	column indexes, offset indexes
//	footer, its length, "PAR1"
//
// Pages are of version 1 and carry a CRC. What is written is what Athena,
// Trino, Spark, Hive, DuckDB and Arrow all read: PLAIN and dictionary
// encoding; snappy, gzip, zstd or no compression; signed types only. Columns
// keep their declared order and are all optional. The same calls give the same
// bytes.
package parquet

import (
	"errors"
	"fmt"
	"io"

	"hydrant/formats/column"
)

// Options say how a file is written. The zero value is ready for use.
type Options struct {
	Compression string // none, snappy, gzip or zstd; "" is snappy

	// RowGroupBytes and PageBytes are the uncompressed bytes of values in a
	// row group, 128 MiB when zero, and in a page, 1 MiB when zero. Row groups
	// end with the chunk of rows that reaches the size, pages with the row; and
	// row groups end before when memory gets short.
	RowGroupBytes, PageBytes int64

	// Timestamps is the physical type of timestamps: "int96" as Firehose
	// writes them, also when "", which has nanoseconds but no statistics; or
	// "millis" or "micros", INT64 not adjusted to UTC, rounded down.
	Timestamps string

	// DictionaryBytes is how large the dictionary of a column chunk may get,
	// 1 MiB when zero; values then follow in PLAIN encoding. Negative means no
	// dictionaries.
	DictionaryBytes int64
}

const (
	defaultRowGroupBytes   = 128 << 20
	defaultPageBytes       = 1 << 20
	defaultDictionaryBytes = 1 << 20

	// heldLimit is how many bytes are held before a row group ends early. Up to
	// a third of them is kept for the next one.
	heldLimit = 48 << 20
)

// A Writer writes one Parquet file. One goroutine owns it.
type Writer struct {
	w        io.Writer
	opts     Options
	elements schemaElements
	columns  []*chunkWriter
	shared   *shared
	limit    int64 // heldLimit, smaller in tests

	offset      int64 // in the file
	rows        int64 // of the file
	groupRows   int64 // of the row group in progress
	groupBytes  int64 // values in it, uncompressed
	groups      []rowGroup
	footerBytes int64 // held for the footer
	err         error // sticky: set by the first failed write, or by Close
}

var errClosed = errors.New("parquet: writer is closed")

// NewWriter returns a writer of rows of s into w, which gets the file's first
// bytes at once. s must not change until Close.
func NewWriter(w io.Writer, s *column.Schema, o Options) (*Writer, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	leaves, elements, err := buildSchema(s, o.Timestamps)
	if err != nil {
		return nil, err
	}
	comp, err := newCompressor(o.Compression)
	if err != nil {
		return nil, err
	}
	p := &Writer{w: w, opts: o, elements: elements, shared: &shared{comp: comp}, limit: heldLimit}
	for _, l := range leaves {
		p.columns = append(p.columns, newChunkWriter(l, &p.opts, p.shared))
	}
	if err := p.write([]byte(magic)); err != nil {
		return nil, err
	}
	return p, nil
}

// fill puts defaults in place of zeros.
func (o *Options) fill() error {
	for _, v := range []struct {
		name string
		size *int64
		def  int64
		max  int64
	}{
		{"row group", &o.RowGroupBytes, defaultRowGroupBytes, 1 << 40},
		{"page", &o.PageBytes, defaultPageBytes, 1 << 30},
	} {
		if *v.size == 0 {
			*v.size = v.def
		}
		if *v.size < 0 || *v.size > v.max {
			return fmt.Errorf("parquet: %s size %d is not between 1 and %d", v.name, *v.size, v.max)
		}
	}
	if o.DictionaryBytes == 0 {
		o.DictionaryBytes = defaultDictionaryBytes
	}
	o.DictionaryBytes = min(o.DictionaryBytes, 1<<30)
	switch o.Timestamps {
	case "":
		o.Timestamps = timestampsInt96
	case timestampsInt96, timestampsMillis, timestampsMicros:
	default:
		return fmt.Errorf("parquet: timestamps %q are not one of int96, millis, micros", o.Timestamps)
	}
	return nil
}

// Write adds all rows of c, which may be reused afterwards. Errors are those of
// [Writer.WriteLeaves].
func (w *Writer) Write(c *column.Columns) error { return w.WriteLeaves(c.Rows(), c.Leaves) }

// WriteLeaves adds rows rows, whose values are in leaves: one for each leaf of
// the schema, depth-first. The leaves may be reused afterwards. When a leaf
// doesn't fit the schema or the number of rows, nothing is added; after any
// other error the file is lost and each later call returns that error.
func (w *Writer) WriteLeaves(rows int, leaves []column.Leaf) error {
	if w.err != nil {
		return w.err
	}
	if len(leaves) != len(w.columns) {
		return fmt.Errorf("parquet: %d leaves for a schema of %d", len(leaves), len(w.columns))
	}
	for i, c := range w.columns {
		if err := c.check(&leaves[i], rows); err != nil {
			return fmt.Errorf("parquet: column %s %w", c.leaf.path[0], err)
		}
	}
	w.err = w.writeLeaves(rows, leaves)
	return w.err
}

func (w *Writer) writeLeaves(rows int, leaves []column.Leaf) error {
	for i, c := range w.columns {
		before := c.chunk.plainBytes
		if err := c.write(&leaves[i]); err != nil {
			return err
		}
		w.groupBytes += c.chunk.plainBytes - before
	}
	w.rows += int64(rows)
	w.groupRows += int64(rows)
	if w.groupBytes >= w.opts.RowGroupBytes || w.Held() >= w.limit {
		return w.flushRowGroup()
	}
	return nil
}

// Rows returns how many rows were added.
func (w *Writer) Rows() int64 { return w.rows }

// Held returns the bytes of memory that the writer holds.
func (w *Writer) Held() int64 {
	s := w.shared
	n := s.pool.held() + s.comp.held() + int64(cap(s.body)+cap(s.marks.set)) + w.footerBytes
	for _, c := range w.columns {
		n += c.held()
	}
	return n
}

// release gives up memory that the next row group would have used again.
func (w *Writer) release() {
	for _, c := range w.columns {
		c.release()
	}
	w.shared.pool.release()
	w.shared.comp.release()
	w.shared.marks.set, w.shared.body = nil, nil
}

// Close writes the last row group and the footer. It does not close the
// writer below. The file is complete only when Close returns nil.
func (w *Writer) Close() error {
	if err := w.Finish(); err != nil {
		return err
	}
	w.release()
	w.shared.comp.close()
	return nil
}

// Finish is Close, but keeps the memory for Reset.
func (w *Writer) Finish() error {
	if w.err != nil {
		return w.err
	}
	if err := w.flushRowGroup(); err != nil {
		w.err = err
		return err
	}
	if err := w.writeFooter(); err != nil {
		w.err = err
		return err
	}
	w.err = errClosed
	return nil
}

// Reset begins another file in to, of the same schema and options, after Finish
// returned nil. Nothing of the file before is in it but its memory.
func (w *Writer) Reset(to io.Writer) error {
	if !errors.Is(w.err, errClosed) {
		return errors.New("parquet: reset of a writer that is not finished")
	}
	w.w, w.err = to, nil
	w.offset, w.rows, w.footerBytes = 0, 0, 0
	clear(w.groups)
	w.groups = w.groups[:0]
	return w.write([]byte(magic))
}
