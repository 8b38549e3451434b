package parquet_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

func TestEveryPageVersionAndListNameIsRead(t *testing.T) {
	for _, o := range []parquet.Options{{PageVersion: "v2"}, {PageVersion: "v2", PageBytes: 200, DictionaryBytes: 64}, {ListNames: "hive"}} {
		for _, o.Compression = range []string{"none", "snappy", "gzip", "zstd"} {
			tab, _ := nestedTable(11, 2, 700)
			checkFile(t, encode(t, tab, o), tab, "")
			tab = flatTable(12, 2, 1000, 300, 0.5)
			checkFile(t, encode(t, tab, o), tab, "")
			tab = flatTable(13, 1, 10, 300, 1)
			checkFile(t, encode(t, tab, o), tab, "")
		}
	}
}

func TestListsHaveTheNamesThatWereAskedFor(t *testing.T) {
	tab, _ := nestedTable(1, 1, 3)
	for names, want := range map[string]string{
		"":     "[[tags list element] [matrix list element list element] [geo lat] [geo names list element] [attrs key_value key] [attrs key_value value]",
		"hive": "[[tags bag array_element] [matrix bag array_element bag array_element] [geo lat] [geo names bag array_element] [attrs map key] [attrs map value]",
	} {
		got := fmt.Sprint(open(t, encode(t, tab, parquet.Options{ListNames: names})).Schema().Columns())
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s...", names, got, want)
		}
	}
}

func TestWrongOptionsAreTold(t *testing.T) {
	s := &column.Schema{Columns: hiveTypes()}
	for _, tt := range []struct {
		o    parquet.Options
		want string
	}{
		{parquet.Options{PageVersion: "v3"}, `page version "v3" is not one of v1, v2`},
		{parquet.Options{ListNames: "avro"}, `list names "avro" is not one of standard, hive`},
		{parquet.Options{Timestamps: "nanos"}, `timestamps "nanos" is not one of int96, millis, micros`},
		{parquet.Options{BloomFPP: 1}, "bloom filters with 1 false positives"},
		{parquet.Options{BloomFilters: []string{"nope"}}, "bloom filter for nope: there is no such column"},
		{parquet.Options{BloomFilters: []string{"zz_boolean"}}, "a boolean has none"},
	} {
		if _, err := parquet.NewWriter(&bytes.Buffer{}, s, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v, want %s", tt.o, err, tt.want)
		}
	}
}

// TestBloomFiltersKnowEveryValue asks the filters, as parquet-go reads them,
// for all values of each column, and for some that are not there.
func TestBloomFiltersKnowEveryValue(t *testing.T) {
	var names []string
	for _, c := range hiveTypes() {
		if c.Type.Kind != column.Boolean {
			names = append(names, c.Name)
		}
	}
	for _, o := range []parquet.Options{{}, {DictionaryBytes: -1}, {DictionaryBytes: 400, PageBytes: 1000}, {RowGroupBytes: 1, PageVersion: "v2"}} {
		o.BloomFilters = names
		tab := flatTable(5, 3, 2000, 0, 0.1)
		f := open(t, encode(t, tab, o))
		checkFile(t, encode(t, tab, o), tab, "")
		for _, g := range f.RowGroups() {
			for leaf, chunk := range g.ColumnChunks() {
				if leaf > 0 {
					checkBloom(t, hiveTypes()[leaf].Name, chunk)
				}
			}
		}
	}
}

func checkBloom(t *testing.T, name string, chunk pq.ColumnChunk) {
	t.Helper()
	filter := chunk.BloomFilter()
	if filter == nil {
		t.Fatalf("%s has no bloom filter", name)
	}
	pages := chunk.Pages()
	defer pages.Close()
	n := 0
	for {
		p, err := pages.ReadPage()
		if err != nil {
			break
		}
		values := make([]pq.Value, p.NumValues())
		p.Values().ReadValues(values)
		for _, v := range values {
			if v.IsNull() {
				continue
			}
			n++
			if ok, err := filter.Check(v); !ok || err != nil {
				t.Fatalf("%s: the filter of %d bytes does not know %v: %v", name, filter.Size(), v, err)
			}
		}
	}
	if n < 1000 {
		t.Errorf("%s: only %d values were looked for", name, n)
	}
}

func TestBloomFiltersRarelySayMaybe(t *testing.T) {
	const rows = 20000
	l := column.Leaf{Path: []string{"a"}, Type: column.Type{Kind: column.String}, MaxDef: 1}
	for i := range rows {
		l.Def = append(l.Def, 1)
		appendBytes(&l, fmt.Appendf(nil, "value of more than thirty-two bytes %d", i))
	}
	tab := single(l.Type, l)
	for fpp, size := range map[float64]int64{0: 32 << 10, 0.2: 16 << 10} {
		f := open(t, encode(t, tab, parquet.Options{BloomFilters: []string{"A"}, BloomFPP: fpp}))
		filter := f.RowGroups()[0].ColumnChunks()[0].BloomFilter()
		if filter.Size() != size {
			t.Errorf("%g: the filter has %d bytes, want %d", fpp, filter.Size(), size)
		}
		maybe := 0
		for i := range 10000 {
			if ok, _ := filter.Check(pq.ByteArrayValue(fmt.Appendf(nil, "other %d", i))); ok {
				maybe++
			}
		}
		if want := max(fpp, 0.01) * 10000; float64(maybe) > 1.3*want {
			t.Errorf("%g: the filter knows %d of 10000 others, want at most %g", fpp, maybe, want)
		}
	}
}
