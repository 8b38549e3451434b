package orc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"hydrant/formats/column"
	"hydrant/formats/orc/orctest"
)

// statisticsOf writes values of one column in stripes of a few rows and returns
// the statistics of the file, which have to be those of all stripes together.
func statisticsOf(t *testing.T, typ string, values ...any) Statistics {
	t.Helper()
	tab := tableOf(orctest.SchemaOf(typ), len(values), 2, func(row, _ int, _ *column.Type) any { return values[row] })
	var file bytes.Buffer
	if err := tab.writeTo(&file, Options{}, 1); err != nil { // memory ends each stripe
		t.Fatal(err)
	}
	m, err := open(t, file.Bytes()).Meta()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Stripes) != (len(values)+1)/2 {
		t.Fatalf("%d stripes of %d rows", len(m.Stripes), len(values))
	}
	return m.Columns[1]
}

func TestStatisticsAreThoseOfTheValues(t *testing.T) {
	long, longer := strings.Repeat("ä", 800), strings.Repeat("é", 900)
	for _, c := range []struct {
		typ    string
		values []any
		want   string
	}{
		{"int", []any{int64(3), nil, int64(-7), int64(5)}, "3 values, nulls, min -7, max 5, sum 1"},
		{"bigint", []any{int64(math.MaxInt64), int64(1), int64(5)}, "3 values, min 1, max 9223372036854775807"},
		{"bigint", []any{int64(math.MaxInt64), int64(1), int64(-5)}, "3 values, min -5, max 9223372036854775807, sum 9223372036854775803"},
		{"tinyint", []any{int64(-128), int64(127)}, "2 values, min -128, max 127, sum -1"},
		{"boolean", []any{true, false, true}, "3 values, sum 2"},
		{"double", []any{1.5, -2.0, nil}, "2 values, nulls, min -2, max 1.5, sum -0.5"},
		{"double", []any{0.0, 0.0}, "2 values, min -0, max 0, sum 0"},
		{"double", []any{1.0, math.NaN(), 2.0}, "3 values"},
		{"double", []any{math.NaN(), math.NaN(), 2.0}, "3 values"},
		{"double", []any{math.Inf(1), 2.0}, "2 values, min 2, max +Inf"},
		{"decimal(10,2)", []any{big.NewInt(-150), big.NewInt(12345)}, "2 values, min -1.5, max 123.45, sum 121.95"},
		{"string", []any{"b", "a", nil, "cc"}, "3 values, nulls, min a, max cc, sum 4"},
		{"string", []any{"12345678b", "12345678a", "12345678c"}, "3 values, min 12345678a, max 12345678c, sum 27"},
		{"string", []any{""}, "1 values, sum 0"},
		{"string", []any{long, longer}, "2 values, min " + long[:1024] + ", max " + longer[:1022] + "ê, sum 3400"},
		{"binary", []any{[]byte{0xff}, []byte{}}, "2 values, sum 1"},
		{"date", []any{int64(10), int64(-10)}, "2 values, min -10, max 10"},
		{"timestamp", []any{at(-5, 1_500_000), at(7, 999_999_999), at(-5, 1_400_000)}, "3 values, min 1969-12-31 23:59:55.0014, max 1970-01-01 00:00:07.999999999"},
		{"int", []any{nil, nil}, "0 values, nulls"},
	} {
		if got := statisticsOf(t, c.typ, c.values...).String(); got != c.want {
			t.Errorf("%s %.200v:\n got %s\nwant %s", c.typ, c.values, got, c.want)
		}
	}
}

func at(second int64, nanos int32) orctest.Moment {
	return orctest.Moment{Second: second, Nanos: nanos}
}

func TestABoundAboveCutTextIsTextAndNoLonger(t *testing.T) {
	for in, want := range map[string]string{
		"abc": "abd", "ab\x7f": "ab\u0080", "a\ud7ff": "a\ue000", "a\U0010ffff": "b", "\U0010ffff": "", "": "",
	} {
		got := raiseText([]byte(in))
		if string(got) != want || !utf8.Valid(got) {
			t.Errorf("%q: raised to %q, want %q", in, got, want)
		}
	}
}

// Each row group's filter has the values of the group: none is lost, and few
// others are taken for one of them.
func TestBloomFiltersHaveTheirValuesAndFewOthers(t *testing.T) {
	const groups, stride = 4, 1000
	tab := tableOf(orctest.SchemaOf("bigint", "string"), groups*stride, 900, func(row, col int, _ *column.Type) any {
		if col == 0 {
			return int64(row) * 977
		}
		return fmt.Sprint("key ", row)
	})
	r := open(t, tab.write(t, Options{RowIndexStride: stride, BloomFilterColumns: []string{"c0", "c1"}, BloomFilterFPP: 0.01}))
	m, err := r.Meta()
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range m.Stripes[0].Streams {
		if st.kind != streamBloomUTF8 {
			continue
		}
		b, err := r.section(st.Offset, st.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for g, f := range filtersOf(t, b) {
			for row := range groups * stride {
				hash := hashInt(int64(row) * 977)
				if st.Column == 2 {
					hash = hashBytes([]byte(fmt.Sprint("key ", row)))
				}
				has, in := f.has(hash), row/stride == g
				if in && !has {
					t.Fatalf("column %d, row group %d: row %d is not in its filter", st.Column, g, row)
				}
				if has && !in {
					wrong++
				}
			}
		}
		if share := float64(wrong) / (groups * (groups - 1) * stride); share > 0.02 {
			t.Errorf("column %d: %.3f of others are taken for values, want about 0.01", st.Column, share)
		}
	}
}

func filtersOf(t *testing.T, index []byte) (filters []*bloomFilter) {
	t.Helper()
	err := fields(index, func(_ protowire.Number, _ uint64, b []byte) error {
		f := &bloomFilter{}
		filters = append(filters, f)
		return fields(b, func(field protowire.Number, n uint64, b []byte) error {
			if field == 1 {
				f.hashes = int(n)
			}
			for ; field == 3 && len(b) >= 8; b = b[8:] {
				var word uint64
				for i := range 8 {
					word |= uint64(b[i]) << (8 * i)
				}
				f.set = append(f.set, word)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return filters
}

func TestOptionsAndSchemasThatCannotBeAreNamed(t *testing.T) {
	flat := orctest.SchemaOf("int")
	for _, c := range []struct {
		o      Options
		schema *column.Schema
		want   string
	}{
		{Options{Compression: "gzip"}, flat, `orc: compression "gzip" is not one of none, zlib, snappy, lz4, zstd`},
		{Options{StripeBytes: -1}, flat, "orc: stripe size -1 is not between"},
		{Options{RowIndexStride: -5}, flat, "orc: row index stride -5"},
		{Options{CompressionBlockBytes: 1 << 23}, flat, "orc: compression block size 8388608"},
		{Options{BloomFilterFPP: 1}, flat, "orc: bloom filter false positive probability 1"},
		{Options{BloomFilterFPP: math.NaN()}, flat, "orc: bloom filter false positive probability NaN"},
		{Options{DictionaryKeyThreshold: 1.1}, flat, "orc: dictionary key threshold 1.1"},
		{Options{FormatVersion: "V1"}, flat, `orc: format version "V1"`},
		{Options{BloomFilterColumns: []string{"x"}}, flat, `orc: bloom filter column "x" is not in the schema`},
		{Options{}, &column.Schema{}, "orc: the schema has no columns"},
		{Options{}, &column.Schema{Columns: []column.Column{{Name: "a", Type: column.Type{Kind: column.Array}}}}, "orc: column a: array of what?"},
		{Options{}, &column.Schema{Columns: []column.Column{{Name: "a"}}}, "orc: column a: a type of kind"},
	} {
		_, err := NewWriter(io.Discard, c.schema, c.o)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %s", c.o, err, c.want)
		}
	}
}

// failingWriter fails from the n-th write on.
type failingWriter struct{ n int }

var errDisk = errors.New("no space left on device")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.n--; w.n < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestEveryFailedWriteIsToldAndStays(t *testing.T) {
	tab := newTable(orctest.SchemaOf("int", "string", "array<double>"), 3000, 500, seeded(0.1))
	for n := 0; ; n++ {
		w, err := NewWriter(&failingWriter{n}, tab.Schema, Options{StripeBytes: 4 << 10})
		for i := 0; err == nil && i < len(tab.Chunks); i++ {
			err = w.WriteLeaves(tab.Counts[i], tab.Chunks[i])
		}
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			if n < 20 {
				t.Errorf("a file in %d writes", n)
			}
			return
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("write %d: got %v, want %v", n, err, errDisk)
		}
		if w != nil {
			if again := w.Close(); !errors.Is(again, errDisk) {
				t.Errorf("write %d: close then returns %v, want %v", n, again, errDisk)
			}
		}
	}
}

func TestLeavesThatDoNotFitAreRefusedAndNothingIsAdded(t *testing.T) {
	var b bytes.Buffer
	schema := orctest.SchemaOf("int", "timestamp")
	w, err := NewWriter(&b, schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	good := newTable(schema, 10, 10, seeded(0))
	for what, damage := range map[string]func(l []column.Leaf) []column.Leaf{
		"a leaf too few":  func(l []column.Leaf) []column.Leaf { return l[:1] },
		"another type":    func(l []column.Leaf) []column.Leaf { l[0].Type.Kind = column.BigInt; return l },
		"a row too few":   func(l []column.Leaf) []column.Leaf { l[0].Def = l[0].Def[:9]; return l },
		"a value too few": func(l []column.Leaf) []column.Leaf { l[0].Ints = l[0].Ints[:9]; return l },
		"nanos too few":   func(l []column.Leaf) []column.Leaf { l[1].Nanos = l[1].Nanos[:9]; return l },
		"a time that can't be stored": func(l []column.Leaf) []column.Leaf {
			l[1].Ints = append([]int64{-1}, l[1].Ints[1:]...)
			l[1].Nanos = append([]int32{5e8}, l[1].Nanos[1:]...)
			return l
		},
	} {
		if err := w.WriteLeaves(10, damage(append([]column.Leaf(nil), good.Chunks[0]...))); err == nil {
			t.Errorf("%s: got no error", what)
		}
	}
	if err := w.WriteLeaves(10, good.Chunks[0]); err != nil || w.Rows() != 10 {
		t.Fatalf("%d rows, error %v; want 10", w.Rows(), err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good.check(t, b.Bytes())
	if err := w.WriteLeaves(10, good.Chunks[0]); !errors.Is(err, errClosed) {
		t.Errorf("after close: got %v, want %v", err, errClosed)
	}
}

func TestDecimalsOf128BitsComeBack(t *testing.T) {
	top, _ := new(big.Int).SetString(strings.Repeat("9", 38), 10)
	for _, v := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(-1), big.NewInt(math.MaxInt64), big.NewInt(math.MinInt64),
		new(big.Int).Lsh(big.NewInt(1), 63), new(big.Int).Lsh(big.NewInt(1), 64), new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 64)), top, new(big.Int).Neg(top)} {
		lo := new(big.Int).And(v, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
		x := int128{new(big.Int).Rsh(v, 64).Int64(), lo}
		b := x.appendVarint(nil)
		if got, n := readVarint(b); got != x || n != len(b) {
			t.Errorf("%s: came back as %v from %d of %d bytes", v, got, n, len(b))
		}
		if got := x.String(); got != v.String() {
			t.Errorf("%s: printed as %s", v, got)
		}
	}
}

func FuzzReaderOfAnyBytes(f *testing.F) {
	tab := newTable(orctest.SchemaOf(orctest.AllTypes...), 50, 50, seeded(0.1))
	for _, c := range []string{"none", "snappy", "zlib", "zstd", "lz4"} {
		var b bytes.Buffer
		if err := tab.writeTo(&b, Options{Compression: c, CompressionBlockBytes: 1 << 10}, heldLimit); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for range 20 {
			if _, err := r.Read(100); err != nil {
				return
			}
		}
	})
}
