package parquet

import "fmt"

// A rowGroup is what the footer says of a row group that was written.
type rowGroup struct {
	chunks       []chunkMeta
	rows         int64
	start        int64 // in the file
	compressed   int64
	uncompressed int64
}

// A chunkMeta is what the footer and the indexes before it say of a column
// chunk, in Thrift.
type chunkMeta struct {
	meta        []byte // ColumnMetaData
	columnIndex []byte // empty when a page has no bounds
	offsetIndex []byte
}

// flushRowGroup writes the row group in progress, if it has rows.
func (w *Writer) flushRowGroup() error {
	if w.groupRows == 0 {
		return nil
	}
	for _, c := range w.columns {
		if err := c.finish(); err != nil {
			return err
		}
	}
	g := rowGroup{rows: w.groupRows, start: w.offset}
	places := make([]chunkPlace, len(w.columns))
	for i, c := range w.columns {
		var err error
		if places[i], err = w.writeChunk(c, &g); err != nil {
			return err
		}
	}
	for i, c := range w.columns {
		if err := w.writeBloom(c, &places[i]); err != nil {
			return err
		}
		m := c.describe(&places[i])
		g.chunks = append(g.chunks, m)
		w.footerBytes += int64(cap(m.meta) + cap(m.columnIndex) + cap(m.offsetIndex) + chunkMetaBytes)
		c.begin(w.opts.DictionaryBytes > 0)
	}
	w.groups = append(w.groups, g)
	w.groupRows, w.groupBytes = 0, 0
	if w.Held() > w.limit/3 {
		w.release()
	}
	return nil
}

// chunkMetaBytes is the size of a chunkMeta.
const chunkMetaBytes = 72

// A chunkPlace is where a column chunk lies in the file.
type chunkPlace struct {
	start, data, size int64 // its first page and its first data page
	bloom             indexPlace
}

// writeChunk writes the column chunk of c, which is finished.
func (w *Writer) writeChunk(c *chunkWriter, g *rowGroup) (p chunkPlace, err error) {
	p.start = w.offset
	dict := blockBuffer{pool: &w.shared.pool}
	defer dict.reset()
	size, err := c.dictionaryPage(&dict)
	if err != nil {
		return p, err
	}
	if err := w.writeBlocks(&dict); err != nil {
		return p, err
	}
	p.data = w.offset
	if err := w.writeBlocks(&c.out); err != nil {
		return p, err
	}
	p.size = w.offset - p.start
	c.chunk.uncompressed += size.raw
	g.uncompressed += c.chunk.uncompressed
	g.compressed += p.size
	return p, nil
}

// describe returns what the footer says of the chunk.
func (c *chunkWriter) describe(p *chunkPlace) chunkMeta {
	var t thrift
	c.appendMeta(&t, p)
	n := len(t.b)
	appendOffsetIndex(&t, c.chunk.pages, p.data)
	m := chunkMeta{meta: t.b[:n:n], offsetIndex: t.b[n:]}
	if !c.chunk.unbounded {
		var index thrift
		appendColumnIndex(&index, c.chunk.pages, c.enc)
		m.columnIndex = index.b
	}
	return m
}

func (w *Writer) writeBlocks(b *blockBuffer) error {
	for _, block := range b.blocks {
		if err := w.write(block); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) write(p []byte) error {
	n, err := w.w.Write(p)
	w.offset += int64(n)
	if err != nil {
		return fmt.Errorf("parquet: write at %d: %w", w.offset, err)
	}
	return nil
}

// appendMeta appends the ColumnMetaData struct of the chunk.
func (c *chunkWriter) appendMeta(t *thrift, p *chunkPlace) {
	k := &c.chunk
	t.open()
	t.i32(1, c.leaf.physical)
	c.appendEncodings(t)
	t.list(3, thriftBinary, len(c.leaf.path))
	for _, name := range c.leaf.path {
		t.elemString(name)
	}
	t.i32(4, c.shared.comp.codec)
	t.i64(5, k.slots)
	t.i64(6, k.uncompressed)
	t.i64(7, p.size)
	t.i64(9, p.data)
	if k.dictPages > 0 {
		t.i64(11, p.start)
	}
	b := k.bounds
	b.known = b.known && !k.unbounded
	appendStatistics(t, 12, &b, k.slots-k.values)
	c.appendEncodingStats(t)
	if p.bloom.length > 0 {
		t.i64(14, p.bloom.offset)
		t.i32(15, p.bloom.length)
	}
	t.close()
}

func (c *chunkWriter) appendEncodings(t *thrift) {
	encodings := []int64{encPlain, encRLE}
	if c.chunk.dictPages > 0 {
		encodings = append(encodings, encRLEDictionary)
	}
	t.list(2, thriftI32, len(encodings))
	for _, e := range encodings {
		t.elemInt(e)
	}
}

// appendEncodingStats tells readers whether all values are in the dictionary,
// so that they can prune by it.
func (c *chunkWriter) appendEncodingStats(t *thrift) {
	type stat struct{ page, encoding, count int }
	var stats []stat
	data := pageData
	if c.v2 {
		data = pageDataV2
	}
	if n := c.chunk.dictPages; n > 0 {
		stats = append(stats, stat{pageDictionary, encPlain, 1}, stat{data, encRLEDictionary, n})
	}
	if n := len(c.chunk.pages) - c.chunk.dictPages; n > 0 {
		stats = append(stats, stat{data, encPlain, n})
	}
	t.list(13, thriftStruct, len(stats))
	for _, s := range stats {
		t.open()
		t.i32(1, int32(s.page))
		t.i32(2, int32(s.encoding))
		t.i32(3, int32(s.count))
		t.close()
	}
}
