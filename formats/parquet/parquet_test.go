package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// fixedLengths are the bytes that Hive gives decimals, by precision.
var fixedLengths = []int{0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 11, 11, 12, 12, 13, 13, 13, 14, 14, 15, 15, 16, 16, 16}

// wantValues returns the values of the leaf as a reader of the file must see
// them, levels included.
func wantValues(l *column.Leaf, leafIndex int, timestamps string) []pq.Value {
	var want []pq.Value
	next := 0
	for i, def := range l.Def {
		v := pq.NullValue()
		if def == l.MaxDef {
			v = wantValue(l, next, timestamps)
			next++
		}
		rep := 0
		if l.MaxRep > 0 {
			rep = int(l.Rep[i])
		}
		want = append(want, v.Level(rep, int(def), leafIndex))
	}
	return want
}

func wantValue(l *column.Leaf, i int, timestamps string) pq.Value {
	switch l.Type.Kind {
	case column.Boolean:
		return pq.BooleanValue(l.Ints[i] == 1)
	case column.TinyInt, column.SmallInt, column.Int, column.Date:
		return pq.Int32Value(int32(l.Ints[i]))
	case column.BigInt:
		return pq.Int64Value(l.Ints[i])
	case column.Float:
		return pq.FloatValue(float32(l.Floats[i]))
	case column.Double:
		return pq.DoubleValue(l.Floats[i])
	case column.Timestamp:
		return wantTimestamp(l.Ints[i], l.Nanos[i], timestamps)
	case column.Decimal:
		n := fixedLengths[l.Type.Precision]
		if l.Type.Precision > 18 {
			return pq.FixedLenByteArrayValue(l.Bytes[16*i+16-n : 16*i+16])
		}
		return pq.FixedLenByteArrayValue(twosComplement(big.NewInt(l.Ints[i]), n))
	}
	start := uint32(0)
	if i > 0 {
		start = l.Ends[i-1]
	}
	return pq.ByteArrayValue(l.Bytes[start:l.Ends[i]])
}

func wantTimestamp(second int64, nano int32, timestamps string) pq.Value {
	switch timestamps {
	case "millis":
		return pq.Int64Value(second*1000 + int64(nano/1_000_000))
	case "micros":
		return pq.Int64Value(second*1_000_000 + int64(nano/1000))
	}
	b := int96(second, nano)
	u := func(b []byte) uint32 {
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	}
	return pq.Int96Value(deprecated.Int96{u(b[:]), u(b[4:]), u(b[8:])})
}

// readLeaf returns all values of one leaf of a file.
func readLeaf(t testing.TB, f *pq.File, leaf int) []pq.Value {
	t.Helper()
	var values []pq.Value
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[leaf].Pages()
		for {
			p, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("leaf %d: %v", leaf, err)
			}
			page := make([]pq.Value, p.NumValues())
			if n, err := p.Values().ReadValues(page); n != len(page) {
				t.Fatalf("leaf %d: read %d of %d values: %v", leaf, n, len(page), err)
			}
			for _, v := range page {
				values = append(values, v.Clone())
			}
		}
		pages.Close()
	}
	return values
}

func open(t testing.TB, file []byte) *pq.File {
	t.Helper()
	f, err := pq.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// checkFile compares all values of a file with those of the table.
func checkFile(t testing.TB, file []byte, tab *table, timestamps string) {
	t.Helper()
	f := open(t, file)
	rows := 0
	for _, c := range tab.chunks {
		rows += c.rows
	}
	if f.NumRows() != int64(rows) {
		t.Fatalf("file has %d rows, want %d", f.NumRows(), rows)
	}
	if rows == 0 {
		return
	}
	for i := range tab.chunks[0].leaves {
		var want []pq.Value
		for _, c := range tab.chunks {
			want = append(want, wantValues(&c.leaves[i], i, timestamps)...)
		}
		compareValues(t, fmt.Sprint(tab.chunks[0].leaves[i].Path), readLeaf(t, f, i), want)
	}
}

func compareValues(t testing.TB, name string, got, want []pq.Value) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		same := pq.Equal(g, w) && g.Kind() == w.Kind()
		switch {
		case g.IsNull() || w.IsNull():
		case w.Kind() == pq.Double:
			same = math.Float64bits(g.Double()) == math.Float64bits(w.Double())
		case w.Kind() == pq.Float:
			same = math.Float32bits(g.Float()) == math.Float32bits(w.Float())
		}
		if !same || g.RepetitionLevel() != w.RepetitionLevel() || g.DefinitionLevel() != w.DefinitionLevel() {
			t.Fatalf("%s: value %d is %+v, want %+v", name, i, g, w)
		}
	}
}

func TestReaderFindsWhatWasWritten(t *testing.T) {
	tests := []struct {
		name     string
		chunks   int
		rows     int
		distinct int
		nulls    float64
		opts     parquet.Options
	}{
		{"no rows", 1, 0, 0, 0, parquet.Options{}},
		{"one row", 1, 1, 0, 0, parquet.Options{}},
		{"one null row", 1, 1, 0, 1, parquet.Options{}},
		{"no nulls", 3, 1000, 0, 0, parquet.Options{}},
		{"some nulls", 3, 1000, 0, 0.3, parquet.Options{}},
		{"only nulls", 2, 5000, 0, 1, parquet.Options{}},
		{"few distinct", 2, 3000, 7, 0.1, parquet.Options{}},
		{"one distinct", 2, 3000, 1, 0.01, parquet.Options{}},
		{"many pages", 2, 3000, 50, 0.2, parquet.Options{PageBytes: 500}},
		{"many row groups", 20, 100, 10, 0.2, parquet.Options{RowGroupBytes: 1}},
		{"dictionary does not pay", 2, 12000, 0, 0.2, parquet.Options{}},
		{"dictionary full in the first page", 2, 3000, 2000, 0.2, parquet.Options{DictionaryBytes: 1000}},
		{"dictionary full after pages", 3, 3000, 2000, 0.2, parquet.Options{DictionaryBytes: 4000, PageBytes: 1000}},
		{"no dictionary", 2, 1000, 7, 0.2, parquet.Options{DictionaryBytes: -1}},
		{"uncompressed", 2, 1000, 300, 0.2, parquet.Options{Compression: "none"}},
		{"snappy", 2, 1000, 300, 0.2, parquet.Options{Compression: "snappy"}},
		{"gzip", 2, 1000, 300, 0.2, parquet.Options{Compression: "gzip"}},
		{"zstd", 2, 1000, 300, 0.2, parquet.Options{Compression: "zstd"}},
		{"timestamps in millis", 2, 1000, 300, 0.2, parquet.Options{Timestamps: "millis"}},
		{"timestamps in micros", 2, 1000, 0, 0.2, parquet.Options{Timestamps: "micros"}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tab := flatTable(uint64(i), tt.chunks, tt.rows, tt.distinct, tt.nulls)
			checkFile(t, encode(t, tab, tt.opts), tab, tt.opts.Timestamps)
		})
	}
}

func TestSameCallsGiveSameBytes(t *testing.T) {
	for _, compression := range []string{"none", "snappy", "gzip", "zstd"} {
		o := parquet.Options{Compression: compression, PageBytes: 10000, RowGroupBytes: 200000}
		tab := flatTable(1, 3, 1000, 500, 0.1)
		first := encode(t, tab, o)
		for range 2 {
			if !bytes.Equal(first, encode(t, tab, o)) {
				t.Errorf("%s: two files of the same rows differ", compression)
			}
		}
	}
}
