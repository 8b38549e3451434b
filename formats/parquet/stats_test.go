package parquet_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"hydrant/formats/parquet"
)

// A filePage is a page as it lies in the file.
type filePage struct {
	header format.PageHeader
	size   int64 // header included
	body   []byte
}

// pageAt reads the page at an offset of the file.
func pageAt(t testing.TB, file []byte, offset int64) filePage {
	t.Helper()
	r := bytes.NewReader(file[offset:])
	var p filePage
	var compact thrift.CompactProtocol
	if err := thrift.NewDecoder(compact.NewReader(r)).Decode(&p.header); err != nil {
		t.Fatalf("page header at %d: %v", offset, err)
	}
	head := int64(len(file)) - offset - int64(r.Len())
	p.size = head + int64(p.header.CompressedPageSize)
	p.body = file[offset+head : offset+p.size]
	return p
}

func TestPagesLieWhereTheIndexesSay(t *testing.T) {
	for _, o := range []parquet.Options{
		{PageBytes: 2000, RowGroupBytes: 400_000},
		{PageBytes: 2000, DictionaryBytes: 3000, Compression: "none"},
	} {
		file := encode(t, flatTable(5, 6, 2000, 900, 0.1), o)
		f := open(t, file)
		places := f.OffsetIndexes()
		for gi, g := range f.Metadata().RowGroups {
			var groupRaw, groupPacked int64
			for ci := range g.Columns {
				raw, packed := checkChunk(t, file, &g.Columns[ci], &places[gi*len(g.Columns)+ci], g.NumRows)
				groupRaw += raw
				groupPacked += packed
			}
			if groupRaw != g.TotalByteSize || groupPacked != g.TotalCompressedSize {
				t.Errorf("row group %d: sizes %d and %d, want %d and %d", gi, g.TotalByteSize, g.TotalCompressedSize, groupRaw, groupPacked)
			}
		}
	}
}

// checkChunk walks over the pages of a column chunk and returns its sizes.
func checkChunk(t *testing.T, file []byte, c *format.ColumnChunk, places *format.OffsetIndex, rows int64) (raw, packed int64) {
	m := &c.MetaData
	at := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		at = m.DictionaryPageOffset
		p := pageAt(t, file, at)
		if p.header.Type != format.DictionaryPage || !p.header.DictionaryPageHeader.Valid {
			t.Errorf("%v: no dictionary page at its offset", m.PathInSchema)
		}
	}
	start, data, firstRow := at, 0, int64(0)
	for at < start+m.TotalCompressedSize {
		p := pageAt(t, file, at)
		if got, want := uint32(p.header.CRC), crc32.ChecksumIEEE(p.body); got != want {
			t.Errorf("%v: page at %d has CRC %x, want %x", m.PathInSchema, at, got, want)
		}
		if p.header.Type == format.DataPage {
			place := places.PageLocations[data]
			want := format.PageLocation{Offset: at, CompressedPageSize: int32(p.size), FirstRowIndex: firstRow}
			if place != want {
				t.Errorf("%v: page %d is at %+v, want %+v", m.PathInSchema, data, place, want)
			}
			firstRow += int64(p.header.DataPageHeader.V.NumValues)
			data++
		}
		raw += p.size - int64(p.header.CompressedPageSize) + int64(p.header.UncompressedPageSize)
		at += p.size
	}
	if at != start+m.TotalCompressedSize || raw != m.TotalUncompressedSize {
		t.Errorf("%v: pages end at %d with %d bytes, want %d and %d", m.PathInSchema, at, raw, start+m.TotalCompressedSize, m.TotalUncompressedSize)
	}
	if firstRow != rows || m.NumValues != rows || data != len(places.PageLocations) {
		t.Errorf("%v: %d rows, %d values, %d of %d pages, want %d rows", m.PathInSchema, firstRow, m.NumValues, data, len(places.PageLocations), rows)
	}
	return raw, m.TotalCompressedSize
}

func TestDictionaryPagesComeBeforePlainOnes(t *testing.T) {
	tab := flatTable(5, 4, 5000, 3000, 0.1)
	file := encode(t, tab, parquet.Options{PageBytes: 1000, DictionaryBytes: 20000})
	mixed := 0
	for ci, c := range open(t, file).Metadata().RowGroups[0].Columns {
		var seen []format.Encoding
		for _, place := range open(t, file).OffsetIndexes()[ci].PageLocations {
			e := pageAt(t, file, place.Offset).header.DataPageHeader.V.Encoding
			if len(seen) == 0 || seen[len(seen)-1] != e {
				seen = append(seen, e)
			}
		}
		if len(seen) > 1 {
			mixed++
			if len(seen) != 2 || seen[0] != format.RLEDictionary || seen[1] != format.Plain {
				t.Errorf("%v: encodings follow each other as %v", c.MetaData.PathInSchema, seen)
			}
		}
	}
	if mixed == 0 {
		t.Error("no column left its dictionary after a page with indexes")
	}
}

// order returns how bounds of a column are ordered.
func order(e *format.SchemaElement) func(a, b []byte) int {
	decimal := e.ConvertedType.Valid && e.Type.V == format.FixedLenByteArray
	switch e.Type.V {
	case format.Int32:
		return func(a, b []byte) int {
			return cmp.Compare(int32(binary.LittleEndian.Uint32(a)), int32(binary.LittleEndian.Uint32(b)))
		}
	case format.Int64:
		return func(a, b []byte) int {
			return cmp.Compare(int64(binary.LittleEndian.Uint64(a)), int64(binary.LittleEndian.Uint64(b)))
		}
	case format.Float:
		return func(a, b []byte) int {
			return cmp.Compare(math.Float32frombits(binary.LittleEndian.Uint32(a)), math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
	case format.Double:
		return func(a, b []byte) int {
			return cmp.Compare(math.Float64frombits(binary.LittleEndian.Uint64(a)), math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
	return func(a, b []byte) int {
		if decimal {
			a, b = append([]byte{a[0] ^ 0x80}, a[1:]...), append([]byte{b[0] ^ 0x80}, b[1:]...)
		}
		return bytes.Compare(a, b)
	}
}

func TestBoundsHoldEachValueAndAreTight(t *testing.T) {
	for _, o := range []parquet.Options{{PageBytes: 3000}, {PageBytes: 3000, DictionaryBytes: -1}} {
		f := open(t, encode(t, flatTable(9, 3, 3000, 400, 0.3), o))
		indexes := f.ColumnIndexes()
		for ci, chunk := range f.RowGroups()[0].ColumnChunks() {
			e := &f.Metadata().Schema[ci+1]
			stats := &f.Metadata().RowGroups[0].Columns[ci].MetaData.Statistics
			b := bound{t, e, order(e)}
			if e.Type.V == format.Int96 {
				if stats.MinValue != nil || stats.MaxValue != nil || len(indexes[ci].MinValues) > 0 {
					t.Errorf("%s: INT96 has bounds", e.Name)
				}
				continue
			}
			pages := pageValues(chunk)
			b.check("chunk", stats.MinValue, stats.MaxValue, stats.NullCount, slices.Concat(pages...)...)
			for pi, values := range pages {
				b.check("page", indexes[ci].MinValues[pi], indexes[ci].MaxValues[pi], indexes[ci].NullCounts[pi], values...)
			}
			if len(pages) < 2 {
				t.Errorf("%s: %d pages, want more", e.Name, len(pages))
			}
		}
	}
}

// pageValues returns the values of each page of a column chunk.
func pageValues(c pq.ColumnChunk) (out [][]pq.Value) {
	pages := c.Pages()
	defer pages.Close()
	for {
		p, err := pages.ReadPage()
		if err != nil {
			return out
		}
		out = append(out, valuesOf(p))
	}
}

func valuesOf(p pq.Page) []pq.Value {
	values := make([]pq.Value, p.NumValues())
	n, _ := p.Values().ReadValues(values)
	for i := range values[:n] {
		values[i] = values[i].Clone()
	}
	return values[:n]
}

type bound struct {
	t     *testing.T
	e     *format.SchemaElement
	order func(a, b []byte) int
}

// check compares bounds with all values: none beyond, and unless cut one at
// each of them.
func (b bound) check(what string, low, high []byte, nulls int64, values ...pq.Value) {
	b.t.Helper()
	var atLow, atHigh bool
	var gotNulls int64
	for _, v := range values {
		if v.IsNull() {
			gotNulls++
			continue
		}
		raw := v.Bytes()
		down, up := b.order(raw, low), b.order(raw, high)
		if down < 0 || up > 0 {
			b.t.Fatalf("%s: %s bounds %x to %x don't hold %x", b.e.Name, what, low, high, raw)
		}
		atLow, atHigh = atLow || down == 0, atHigh || up == 0
	}
	if gotNulls != nulls {
		b.t.Errorf("%s: %s has null count %d, want %d", b.e.Name, what, nulls, gotNulls)
	}
	if cut := len(low) > 60 || len(high) > 60; !cut && gotNulls < int64(len(values)) && (!atLow || !atHigh) {
		b.t.Errorf("%s: no value of the %s is at the bounds %x to %x", b.e.Name, what, low, high)
	}
}
