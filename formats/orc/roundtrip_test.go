package orc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hydrant/formats/column"
	"hydrant/formats/orc/orctest"
)

// stored returns what a reader gets for a value: decimals as text without zeros
// at the end, char filled up with blanks.
func stored(t *column.Type, v any) any {
	switch v := v.(type) {
	case *big.Int:
		text := new(big.Rat).SetFrac(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)).FloatString(t.Scale)
		if t.Scale > 0 {
			text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
		return text
	case orctest.Moment:
		return time.Unix(v.Second, int64(v.Nanos)).UTC()
	case string:
		if t.Kind == column.Char {
			return v + strings.Repeat(" ", t.Length-utf8.RuneCountInString(v))
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			switch t.Kind {
			case column.Struct:
				out[i] = stored(&t.Fields[i].Type, e)
			case column.Map:
				pair := e.([]any)
				out[i] = []any{stored(t.Key, pair[0]), stored(t.Elem, pair[1])}
			default:
				out[i] = stored(t.Elem, e)
			}
		}
		return out
	}
	return v
}

func open(tb testing.TB, file []byte) *Reader {
	tb.Helper()
	r, err := NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func readAll(tb testing.TB, file []byte) [][]any {
	tb.Helper()
	r := open(tb, file)
	var rows [][]any
	for {
		next, err := r.Read(777)
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			tb.Fatal(err)
		}
		rows = append(rows, next...)
	}
}

// compare checks rows from the given one on, value by value.
func (t *table) compare(tb testing.TB, from int, got [][]any) {
	tb.Helper()
	for i, row := range got {
		for k := range t.Schema.Columns {
			c := &t.Schema.Columns[k]
			if want := stored(&c.Type, t.Rows[from+i][k]); !equal(row[k], want) {
				tb.Fatalf("row %d, column %s %s: got %#v, want %#v", from+i, c.Name, c.Type, row[k], want)
			}
		}
	}
}

func equal(a, b any) bool {
	if x, ok := a.(float64); ok {
		y, ok := b.(float64)
		return ok && math.Float64bits(x) == math.Float64bits(y)
	}
	return reflect.DeepEqual(a, b)
}

func (t *table) check(tb testing.TB, file []byte) {
	tb.Helper()
	got := readAll(tb, file)
	if len(got) != len(t.Rows) {
		tb.Fatalf("%d rows, want %d", len(got), len(t.Rows))
	}
	t.compare(tb, 0, got)
}

func seeded(nulls float64) *orctest.Maker {
	return &orctest.Maker{Rand: rand.New(rand.NewPCG(7, 8)), Nulls: nulls}
}

func TestAllTypesComeBackValueByValue(t *testing.T) {
	schema := orctest.SchemaOf(orctest.AllTypes...)
	options := map[string]Options{
		"defaults": {}, "version 0.11": {FormatVersion: "V0_11"},
		"small blocks":      {CompressionBlockBytes: 1 << 10, RowIndexStride: 1000},
		"odd stride":        {RowIndexStride: 333, Compression: "none"},
		"always dictionary": {DictionaryKeyThreshold: 1},
		"threshold":         {DictionaryKeyThreshold: 0.5, FormatVersion: "V0_11"},
		"many stripes":      {StripeBytes: 20 << 10, RowIndexStride: 500},
		"filters":           {BloomFilterColumns: []string{"c1", "c6", "c9", "c13", "c14", "c15", "c20"}},
	}
	for _, c := range codecNames {
		if c != "" {
			options[c] = Options{Compression: c, CompressionBlockBytes: 4 << 10}
		}
	}
	for _, nulls := range []float64{0, 0.2, 1} {
		tab := newTable(schema, 2777, 900, seeded(nulls))
		for name, o := range options {
			t.Run(fmt.Sprint(name, " ", nulls), func(t *testing.T) { tab.check(t, tab.write(t, o)) })
		}
	}
}

func TestEachRowGroupIsFoundByTheRowIndex(t *testing.T) {
	schema := orctest.SchemaOf(orctest.AllTypes...)
	for _, nulls := range []float64{0, 0.3, 0.999} {
		tab := newTable(schema, 6000, 1100, seeded(nulls))
		for _, o := range []Options{
			{RowIndexStride: 1000, CompressionBlockBytes: 1 << 10}, {RowIndexStride: 77, StripeBytes: 200 << 10},
			{RowIndexStride: 500, Compression: "none"}, {RowIndexStride: 701, FormatVersion: "V0_11", Compression: "zlib"},
			{RowIndexStride: 1000, DictionaryKeyThreshold: 1},
		} {
			r := open(t, tab.write(t, o))
			m, err := r.Meta()
			if err != nil {
				t.Fatal(err)
			}
			first := 0
			for i, s := range m.Stripes {
				for g := 0; int64(g)*m.RowIndexStride < s.Rows; g++ {
					if err := r.Seek(i, g); err != nil {
						t.Fatal(err)
					}
					rows, err := r.Read(20)
					if err != nil {
						t.Fatalf("stripe %d, row group %d: %v", i, g, err)
					}
					tab.compare(t, first+g*int(m.RowIndexStride), rows)
				}
				first += int(s.Rows)
			}
		}
	}
}

func TestTextLeavesItsDictionaryWhenItDoesNotPay(t *testing.T) {
	schema := orctest.SchemaOf("string", "string", "string", "string")
	tab := tableOf(schema, 40000, 1500, func(row, col int, _ *column.Type) any {
		switch col {
		case 0: // few values
			return fmt.Sprint("value number ", row%100)
		case 1: // all differ
			return fmt.Sprint("value number ", row)
		case 2: // the dictionary gets too large late
			if row < 20000 {
				return "the same text again and again, and a little more of it"
			}
			return strings.Repeat(fmt.Sprint(row), 40)
		}
		return fmt.Sprint(row % 3)
	})
	file := tab.write(t, Options{RowIndexStride: 1000})
	tab.check(t, file)
	m, err := open(t, file).Meta()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"DICTIONARY_V2", "DIRECT_V2", "DIRECT_V2"} {
		if got := m.Stripes[0].Encodings[i+1].Name; got != want {
			t.Errorf("column %d: %s, want %s", i, got, want)
		}
	}
	r := open(t, file)
	for g := range 40 {
		if err := r.Seek(0, g); err != nil {
			t.Fatal(err)
		}
		rows, err := r.Read(1000)
		if err != nil {
			t.Fatal(err)
		}
		tab.compare(t, g*1000, rows)
	}
}

func TestAFileWithoutRowsHasItsSchema(t *testing.T) {
	schema := orctest.SchemaOf(orctest.AllTypes...)
	for _, c := range []string{"none", "snappy"} {
		tab := &table{&orctest.Table{Schema: schema}}
		file := tab.write(t, Options{Compression: c})
		m, err := OpenMeta(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m.Schema, schema) || m.Rows != 0 || len(m.Stripes) != 0 {
			t.Errorf("got %d rows, %d stripes, schema %v; want none, none, %v", m.Rows, len(m.Stripes), m.Schema, schema)
		}
		tab.check(t, file)
	}
}

func TestTheSameRowsGiveTheSameBytesHoweverTheyCome(t *testing.T) {
	schema := orctest.SchemaOf(orctest.AllTypes...)
	few, many := newTable(schema, 3000, 3000, seeded(0.1)), newTable(schema, 3000, 64, seeded(0.1))
	for _, o := range []Options{{}, {Compression: "zstd"}, {Compression: "none", FormatVersion: "V0_11"}} {
		if a, b := few.write(t, o), many.write(t, o); !bytes.Equal(a, b) {
			t.Errorf("%+v: files of %d and %d bytes differ", o, len(a), len(b))
		}
	}
}

func TestTimesAreStoredAsApachesWriterRoundsThem(t *testing.T) {
	for _, c := range []struct {
		in     orctest.Moment
		second int64 // as stored, since 1970
		ok     bool
	}{
		{at(0, 0), 0, true}, {at(5, 999_999_999), 5, true},
		{at(-2, 0), -2, true}, {at(-2, 999_999), -2, true}, {at(-2, 1_000_000), -1, true}, {at(-2, 999_999_999), -1, true},
		{at(-1, 0), -1, true}, {at(-1, 999_999), -1, true}, {at(-1, 1_000_000), 0, false},
	} {
		if got := storedSecond(c.in.Second, c.in.Nanos); got != c.second || Storable(c.in.Second, c.in.Nanos) != c.ok {
			t.Errorf("%v: stored as %d, storable %v; want %d, %v", c.in, got, !c.ok, c.second, c.ok)
		}
	}
	for _, n := range []int32{0, 1, 10, 100, 1000, 100_000, 123_456_789, 120_000_000, 900_000_000, 999_999_999} {
		if got := unpackNanos(uint64(packNanos(n))); got != int64(n) {
			t.Errorf("%d ns come back as %d", n, got)
		}
	}
	if packNanos(1000) != 0x0a || packNanos(100_000) != 0x0c {
		t.Errorf("1000 and 100000 ns are %#x and %#x, want 0xa and 0xc", packNanos(1000), packNanos(100_000))
	}
}

func TestWideTablesAndLongStringsStayWithinMemory(t *testing.T) {
	types := make([]string, 300)
	for i := range types {
		types[i] = []string{"string", "double", "bigint", "timestamp"}[i%4]
	}
	m := seeded(0)
	tab := newTable(orctest.SchemaOf(types...), 2000, 100, m)
	long := tableOf(orctest.SchemaOf("string", "binary"), 12, 4, func(row, col int, _ *column.Type) any {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte('a' + m.Rand.IntN(16))
		}
		if col == 1 {
			return b
		}
		return string(b)
	})
	for name, tab := range map[string]*table{"wide": tab, "long": long} {
		t.Run(name, func(t *testing.T) {
			const limit = 8 << 20
			var file bytes.Buffer
			w, err := NewWriter(&file, tab.Schema, Options{})
			if err != nil {
				t.Fatal(err)
			}
			w.limit = limit
			most := int64(0)
			for i, leaves := range tab.Chunks {
				if err := w.WriteLeaves(tab.Counts[i], leaves); err != nil {
					t.Fatal(err)
				}
				most = max(most, w.Held())
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if most > limit+4<<20 {
				t.Errorf("%d bytes were held, want about %d at most", most, limit)
			}
			tab.check(t, file.Bytes())
		})
	}
}
