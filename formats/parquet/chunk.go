package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"hydrant/formats/column"
)

// Encodings, by their number in the footer.
const (
	encPlain         = 0
	encRLE           = 3
	encRLEDictionary = 8
)

// Types of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// batchSlots is up to how many slots are encoded at once.
const batchSlots = 1024

// firstProbe is after how many values a column decides whether its dictionary
// pays. Fewer would misjudge columns of some thousand distinct values.
const firstProbe = 16384

// A chunkWriter writes the column chunks of one leaf, one row group after the
// other. Values gather in a page, as dictionary indexes or in PLAIN encoding;
// a full page is compressed into blocks, where it waits for the row group's
// end. A chunk begins with a dictionary, and leaves it for good when it gets
// too large or doesn't pay: pages with indexes may come before PLAIN ones.
type chunkWriter struct {
	leaf      leafSchema
	pageBytes int64
	v2        bool
	bloom     *bloom // nil: none
	shared    *shared
	enc       valueEncoder

	rep, def levelBuffer
	page     pageState
	chunk    chunkState
	out      blockBuffer
}

// shared is scratch memory that the columns of a writer use in turn.
type shared struct {
	comp  *compressor
	pool  blockPool
	marks marks
	body  []byte // a page before compression
	head  thrift // a page's header
}

// A pageState is the page being filled.
type pageState struct {
	slots, rows int64
	values      int64
	raw         int64 // bytes of the values in PLAIN encoding, plus the nulls
	index       []uint32
	plain       []byte // behind levelRoom bytes
}

// A chunkState is what is known of the chunk beside its pages' bytes.
type chunkState struct {
	useDict   bool
	dictPages int
	nextProbe int64

	slots, rows, values int64
	plainBytes          int64 // of all values
	uncompressed        int64 // bytes of all pages, headers included
	pages               []pageInfo
	bounds              bounds
	unbounded           bool // a page with values has no bounds
	indexBytes          int64
}

// A pageInfo is what the page indexes say of a data page.
type pageInfo struct {
	offset   int64 // in the chunk's data pages
	size     int32 // header included
	firstRow int64
	nulls    int64
	null     bool // without any value
	dict     bool
	bounds   bounds
}

func newChunkWriter(l leafSchema, o *Options, s *shared) *chunkWriter {
	c := &chunkWriter{leaf: l, pageBytes: o.PageBytes, v2: o.PageVersion == pagesV2, shared: s}
	c.enc = newValueEncoder(&l, o, &s.marks)
	c.rep.max, c.def.max = l.maxRep, l.maxDef
	c.out.pool = &s.pool
	c.begin(o.DictionaryBytes > 0)
	return c
}

// begin starts a column chunk.
func (c *chunkWriter) begin(dict bool) {
	pages := c.chunk.pages
	clear(pages)
	c.chunk = chunkState{
		useDict:   dict && c.leaf.physical != physBoolean,
		nextProbe: firstProbe,
		pages:     pages[:0],
	}
	c.out.reset()
	c.enc.reset()
	if c.bloom != nil {
		c.bloom.reset()
	}
}

// check returns an error when l doesn't hold rows rows of this leaf.
func (c *chunkWriter) check(l *column.Leaf, rows int) error {
	t := &c.leaf.typ
	if l.Type.Kind != t.Kind || l.Type.Precision != t.Precision || l.MaxDef != c.leaf.maxDef || l.MaxRep != c.leaf.maxRep {
		return errors.New("is of another type than the schema's")
	}
	got := len(l.Def)
	if c.leaf.maxRep > 0 {
		got = bytes.Count(l.Rep, []byte{0})
		if len(l.Rep) != len(l.Def) || len(l.Rep) > 0 && l.Rep[0] != 0 {
			return errors.New("has repetition levels that don't fit its definition levels")
		}
	}
	if got != rows {
		return fmt.Errorf("has %d rows, not %d", got, rows)
	}
	if want, got := c.countValues(l.Def), valueCount(l); want != got {
		return fmt.Errorf("has %d values, but levels for %d", got, want)
	}
	return nil
}

// valueCount returns how many values l holds, or -1 when its arrays disagree.
func valueCount(l *column.Leaf) int {
	switch l.Type.Kind {
	case column.Float, column.Double:
		return len(l.Floats)
	case column.Timestamp:
		if len(l.Ints) != len(l.Nanos) {
			return -1
		}
	case column.String, column.Char, column.Varchar, column.Binary:
		if n := len(l.Ends); n > 0 && int(l.Ends[n-1]) > len(l.Bytes) {
			return -1
		}
		return len(l.Ends)
	case column.Decimal:
		if l.Type.Precision > maxIntPrecision {
			if len(l.Bytes)%decimalBytes != 0 {
				return -1
			}
			return len(l.Bytes) / decimalBytes
		}
	}
	return len(l.Ints)
}

func (c *chunkWriter) countValues(def []uint8) int {
	return bytes.Count(def, []byte{c.leaf.maxDef})
}

// write adds the slots of l, which check has approved.
func (c *chunkWriter) write(l *column.Leaf) error {
	c.enc.load(l)
	slot, value := 0, 0
	for slot < len(l.Def) {
		end, values := c.nextBatch(l, slot, value)
		if err := c.add(l, slot, end, value, value+values); err != nil {
			return err
		}
		slot, value = end, value+values
		if c.page.raw >= c.pageBytes {
			if err := c.flushPage(); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextBatch returns the end of the slots, and the number of their values,
// that are added next: whole rows that fit the page, or one row.
func (c *chunkWriter) nextBatch(l *column.Leaf, slot, value int) (end, values int) {
	room := c.pageBytes - c.page.raw
	n := min(batchSlots, len(l.Def)-slot)
	for {
		end = rowEnd(l.Rep, slot+n, len(l.Def))
		values = c.countValues(l.Def[slot:end])
		if n == 1 || c.enc.size(value, value+values)+int64(end-slot-values) <= room {
			return end, values
		}
		n /= 2
	}
}

// rowEnd returns the first end of a row at or after slot.
func rowEnd(rep []uint8, slot, slots int) int {
	if len(rep) == 0 {
		return slot
	}
	for slot < slots && rep[slot] != 0 {
		slot++
	}
	return slot
}

// add adds slots s0 to s1, whose values are v0 to v1, to the page.
func (c *chunkWriter) add(l *column.Leaf, s0, s1, v0, v1 int) error {
	if err := c.addValues(v0, v1); err != nil {
		return err
	}
	p := &c.page
	c.def.add(l.Def[s0:s1], s1-s0 == v1-v0)
	rows := s1 - s0
	if c.leaf.maxRep > 0 {
		c.rep.add(l.Rep[s0:s1], false)
		rows = bytes.Count(l.Rep[s0:s1], []byte{0})
	}
	p.slots += int64(s1 - s0)
	p.rows += int64(rows)
	p.values += int64(v1 - v0)
	size := c.enc.size(v0, v1)
	p.raw += size + int64(s1-s0-(v1-v0))
	c.chunk.values += int64(v1 - v0)
	c.chunk.plainBytes += size
	if c.chunk.useDict && c.chunk.values >= c.chunk.nextProbe {
		c.chunk.nextProbe = 2 * c.chunk.values
		if !c.dictionaryPays() {
			return c.leaveDictionary()
		}
	}
	return nil
}

func (c *chunkWriter) addValues(v0, v1 int) error {
	if c.chunk.useDict {
		c.page.index = withRoom(c.page.index, v1-v0, int(c.pageBytes/4))
		known, _ := c.enc.entries()
		index, ok := c.enc.index(c.page.index, v0, v1)
		c.page.index = index
		if c.bloom != nil {
			c.bloomEntries(known)
		}
		if ok {
			return nil
		}
		if err := c.leaveDictionary(); err != nil {
			return err
		}
	}
	c.roomForPlain(c.enc.size(v0, v1))
	n := len(c.page.plain)
	c.page.plain = c.enc.plain(c.page.plain, v0, v1)
	if c.bloom != nil {
		c.bloom.addPlain(c.page.plain[n:])
	}
	return nil
}

// dictionaryPays tells whether the dictionary and the indexes into it are
// clearly smaller than the values themselves.
func (c *chunkWriter) dictionaryPays() bool {
	n, size := c.enc.entries()
	if n == 0 {
		return false
	}
	indexes := c.chunk.values * int64(indexWidth(n)) / 8
	return size+indexes < c.chunk.plainBytes/4*3
}

// leaveDictionary makes this page and those to come PLAIN. When pages with
// indexes were written the page begun becomes the last of them, else there
// will be no dictionary.
func (c *chunkWriter) leaveDictionary() error {
	if c.chunk.dictPages > 0 {
		if err := c.flushPage(); err != nil {
			return err
		}
		c.chunk.useDict = false
		return nil
	}
	c.chunk.useDict = false
	c.enc.widen(c.page.index)
	c.roomForPlain(c.page.raw)
	c.page.plain = c.enc.expand(c.page.plain, c.page.index)
	c.page.index = c.page.index[:0]
	c.enc.reset()
	return nil
}

// flushPage compresses the page being filled, if there is anything in it.
func (c *chunkWriter) flushPage() error {
	p := &c.page
	if p.slots == 0 {
		return nil
	}
	body, levels, encoding := c.pageBody()
	info := pageInfo{
		offset:   c.out.size,
		firstRow: c.chunk.rows,
		nulls:    p.slots - p.values,
		null:     p.values == 0,
		dict:     encoding == encRLEDictionary,
		bounds:   c.enc.bounds(),
	}
	size, err := c.appendDataPage(body, levels, encoding, &info)
	if err != nil {
		return err
	}
	info.size = size.stored
	c.chunk.uncompressed += size.raw
	c.endPage(&info)
	return nil
}

// endPage accounts for a page and begins the next.
func (c *chunkWriter) endPage(info *pageInfo) {
	k, p := &c.chunk, &c.page
	k.pages = append(k.pages, *info)
	k.indexBytes += int64(len(info.bounds.min) + len(info.bounds.max))
	k.slots += p.slots
	k.rows += p.rows
	if info.dict {
		k.dictPages++
	}
	if info.bounds.known {
		k.bounds.widen(&info.bounds, c.enc)
	} else if !info.null {
		k.unbounded = true
	}
	c.rep.reset()
	c.def.reset()
	*p = pageState{index: p.index[:0], plain: p.plain[:0]}
}

// appendDataPage compresses a page and appends it to the chunk's.
func (c *chunkWriter) appendDataPage(body []byte, levels pageLevels, encoding int32, info *pageInfo) (pageSize, error) {
	p := &c.page
	if c.v2 {
		return c.shared.appendPage(&c.out, pageDataV2, body, levels.rep+levels.def, func(t *thrift) {
			t.openField(8)
			t.i32(1, int32(p.slots))
			t.i32(2, int32(info.nulls))
			t.i32(3, int32(p.rows))
			t.i32(4, encoding)
			t.i32(5, int32(levels.def))
			t.i32(6, int32(levels.rep))
			t.bool(7, c.shared.comp.codec != codecNone && len(body) > levels.rep+levels.def)
			appendStatistics(t, 8, &info.bounds, info.nulls)
			t.close()
		})
	}
	return c.shared.appendPage(&c.out, pageData, body, 0, func(t *thrift) {
		t.openField(5)
		t.i32(1, int32(p.slots))
		t.i32(2, encoding)
		t.i32(3, encRLE)
		t.i32(4, encRLE)
		appendStatistics(t, 5, &info.bounds, info.nulls)
		t.close()
	})
}

// pageLevels are the bytes that the levels of a page take.
type pageLevels struct{ rep, def int }

// appendLevels appends the levels of the page.
func (c *chunkWriter) appendLevels(body []byte) ([]byte, pageLevels) {
	add := (*levelBuffer).appendTo
	if c.v2 {
		add = (*levelBuffer).appendBare
	}
	if c.leaf.maxRep > 0 {
		body = add(&c.rep, body)
	}
	rep := len(body)
	body = add(&c.def, body)
	return body, pageLevels{rep, len(body) - rep}
}

// pageBody returns levels and values of the page, and the values' encoding.
func (c *chunkWriter) pageBody() ([]byte, pageLevels, int32) {
	body, levels := c.appendLevels(c.shared.body[:0])
	encoding := int32(encPlain)
	// A page of nulls before the first value needs no dictionary.
	if n, _ := c.enc.entries(); c.chunk.useDict && n > 0 {
		encoding = encRLEDictionary
		c.enc.widen(c.page.index)
		body = appendIndexes(body, c.page.index, indexWidth(n))
	} else if c.roomForPlain(0); len(body) <= levelRoom {
		c.shared.body = body
		start := levelRoom - len(body)
		copy(c.page.plain[start:], body)
		return c.page.plain[start:], levels, encoding
	} else {
		body = append(body, c.page.plain[levelRoom:]...)
	}
	c.shared.body = body
	return body, levels, encoding
}

// levelRoom is what stands before the values of a page in PLAIN encoding:
// where the levels of a page without nulls fit, so that the values need not be
// copied behind them.
const levelRoom = 64

// roomForPlain makes room in the page for n bytes of values, and for the
// levels before them.
func (c *chunkWriter) roomForPlain(n int64) {
	plain := c.page.plain
	if len(plain) == 0 {
		plain = withRoom(plain, levelRoom, levelRoom)[:levelRoom]
	}
	// Encoders may write eight bytes past the end.
	c.page.plain = withRoom(plain, int(n)+8, int(c.pageBytes)+levelRoom+8)
}

// withRoom returns s with room for n more: twice the room that it had, but no
// more than most if that is enough. (append would copy a large slice more
// often: it grows by a quarter.)
func withRoom[E any](s []E, n, most int) []E {
	if cap(s)-len(s) >= n {
		return s
	}
	return append(make([]E, 0, max(len(s)+n, min(2*cap(s), most))), s...)
}

// A pageSize is the length of a page with its header.
type pageSize struct {
	stored int32
	raw    int64 // before compression
}

// appendPage compresses body from the byte at plain on and appends it behind
// its header, of which kind adds the part that depends on the type of page.
func (s *shared) appendPage(out *blockBuffer, typ int32, body []byte, plain int, kind func(*thrift)) (pageSize, error) {
	packed := body[plain:]
	if len(packed) > 0 || typ != pageDataV2 {
		var err error
		if packed, err = s.comp.compress(packed); err != nil {
			return pageSize{}, err
		}
	}
	stored := plain + len(packed)
	if len(body) > math.MaxInt32 || stored > math.MaxInt32-maxPageHeader {
		return pageSize{}, fmt.Errorf("parquet: a page of %d bytes is too large", len(body))
	}
	t := &s.head
	t.b, t.last = t.b[:0], t.last[:0]
	t.open()
	t.i32(1, typ)
	t.i32(2, int32(len(body)))
	t.i32(3, int32(stored))
	t.i32(4, int32(crc32.Update(crc32.ChecksumIEEE(body[:plain]), crc32.IEEETable, packed)))
	kind(t)
	t.close()
	out.write(t.b)
	out.write(body[:plain])
	out.write(packed)
	return pageSize{int32(len(t.b) + stored), int64(len(t.b) + len(body))}, nil
}

// maxPageHeader is more than any page header takes.
const maxPageHeader = 1 << 10

// finish ends the last page. A small chunk without need for its dictionary
// then has none.
func (c *chunkWriter) finish() error {
	if c.chunk.useDict && c.chunk.dictPages == 0 && !c.dictionaryPays() {
		if err := c.leaveDictionary(); err != nil {
			return err
		}
	}
	return c.flushPage()
}

// dictionaryPage appends the dictionary's page, if there is a dictionary.
func (c *chunkWriter) dictionaryPage(out *blockBuffer) (pageSize, error) {
	if c.chunk.dictPages == 0 {
		return pageSize{}, nil
	}
	n, _ := c.enc.entries()
	c.shared.body = c.enc.dictionary(c.shared.body[:0])
	return c.shared.appendPage(out, pageDictionary, c.shared.body, 0, func(t *thrift) {
		t.openField(7)
		t.i32(1, int32(n))
		t.i32(2, encPlain)
		t.close()
	})
}

// held returns the bytes of memory held, without the shared ones.
func (c *chunkWriter) held() int64 {
	return c.enc.held() + c.bloom.held() + int64(cap(c.page.index))*4 + int64(cap(c.page.plain)) +
		int64(cap(c.def.rest)+cap(c.rep.rest)) + c.chunk.indexBytes + int64(cap(c.chunk.pages))*pageInfoBytes
}

// pageInfoBytes is about the size of a pageInfo.
const pageInfoBytes = 120

// release gives up scratch memory; the chunk has just begun.
func (c *chunkWriter) release() {
	c.enc.release()
	c.page = pageState{}
	c.rep.rest, c.def.rest = nil, nil
	c.chunk.pages = nil
}
