package parquet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/parquet-go/parquet-go/format"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// single returns a table of one column, of a chunk for each of its leaves.
// Each row of def has a value or, at 0, none.
func single(typ column.Type, leaves ...column.Leaf) *table {
	tab := &table{schema: &column.Schema{Columns: []column.Column{{Name: "a", Type: typ}}}}
	for _, l := range leaves {
		l.Path, l.Type, l.MaxDef = []string{"a"}, typ, 1
		n := max(len(l.Ints), len(l.Floats), len(l.Ends))
		if typ.Precision > 18 {
			n = len(l.Bytes) / 16
		}
		if l.Def == nil {
			l.Def = bytes.Repeat([]byte{1}, n)
		}
		tab.chunks = append(tab.chunks, chunk{len(l.Def), []column.Leaf{l}})
	}
	return tab
}

func doubles(values ...float64) column.Leaf { return column.Leaf{Floats: values} }

// withAndWithout are options with and without dictionaries.
var withAndWithout = []parquet.Options{{}, {DictionaryBytes: -1}}

func TestZerosBoundBothZeros(t *testing.T) {
	negative := math.Copysign(0, -1)
	for _, values := range [][]float64{{0}, {negative}, {0, negative, 0}} {
		for _, o := range withAndWithout {
			tab := single(column.Type{Kind: column.Double}, doubles(values...))
			s := open(t, encode(t, tab, o)).Metadata().RowGroups[0].Columns[0].MetaData.Statistics
			low, high := binary.LittleEndian.Uint64(s.MinValue), binary.LittleEndian.Uint64(s.MaxValue)
			if low != 1<<63 || high != 0 {
				t.Errorf("%v: bounds are %x and %x, want -0 and +0", values, low, high)
			}
		}
	}
}

// TestNaNHasNoBounds writes NaN into the middle page of the middle row group:
// only that row group's chunk goes without bounds.
func TestNaNHasNoBounds(t *testing.T) {
	for _, kind := range []column.Kind{column.Float, column.Double} {
		for _, nan := range []float64{math.NaN(), math.Copysign(math.NaN(), -1)} {
			for _, o := range withAndWithout {
				o.PageBytes, o.RowGroupBytes = 8, 1
				tab := single(column.Type{Kind: kind}, doubles(1, 2, 3), doubles(1, 2, 3, nan, 4, 5, 6), doubles(1, 2, 3))
				for g, want := range []bool{true, false, true} {
					c := open(t, encode(t, tab, o)).Metadata().RowGroups[g].Columns[0]
					s := c.MetaData.Statistics
					if (s.MinValue != nil) != want || (s.MaxValue != nil) != want {
						t.Errorf("row group %d: bounds are %x and %x, want some: %v", g, s.MinValue, s.MaxValue, want)
					}
					if (c.ColumnIndexOffset != 0) != want {
						t.Errorf("row group %d: column index at %d, want one: %v", g, c.ColumnIndexOffset, want)
					}
				}
			}
		}
	}
}

func TestPagesOfNullsAreSaidToBe(t *testing.T) {
	l := column.Leaf{Ints: []int64{7, 8}, Def: make([]uint8, 3000)}
	l.Def[2500], l.Def[2999] = 1, 1
	for _, o := range withAndWithout {
		o.PageBytes = 1000
		tab := single(column.Type{Kind: column.BigInt}, l)
		file := encode(t, tab, o)
		index := open(t, file).ColumnIndexes()[0]
		if got := fmt.Sprint(index.NullPages, index.NullCounts); got != "[true true false false] [1000 1000 992 6]" {
			t.Errorf("null pages and counts are %s, want [true true false false] [1000 1000 992 6]", got)
		}
		checkFile(t, file, tab, "")
	}
}

// orderLeaf returns a leaf of the type with values in the order of the given
// integers.
func orderLeaf(t column.Type, values []int64) column.Leaf {
	var l column.Leaf
	for _, v := range values {
		switch {
		case t.Kind == column.Double || t.Kind == column.Float:
			l.Floats = append(l.Floats, float64(v)/4)
		case t.Kind == column.String:
			appendBytes(&l, fmt.Appendf(nil, "%03d", v+500))
		case t.Precision > 18:
			l.Bytes = append(l.Bytes, twosComplement(big.NewInt(v), 16)...)
		default:
			l.Ints = append(l.Ints, v)
		}
	}
	return l
}

func TestOrderOfPagesIsTold(t *testing.T) {
	types := []column.Type{
		{Kind: column.Int}, {Kind: column.BigInt}, {Kind: column.Float}, {Kind: column.Double}, {Kind: column.String},
		{Kind: column.Decimal, Precision: 4}, {Kind: column.Decimal, Precision: 18}, {Kind: column.Decimal, Precision: 30},
	}
	tests := []struct {
		values []int64
		want   format.BoundaryOrder
	}{
		{[]int64{-300, -2, -1, 0, 1, 255, 256}, format.Ascending},
		{[]int64{256, 255, 1, 0, -1, -2, -300}, format.Descending},
		{[]int64{1, 1, 1}, format.Ascending},
		{[]int64{-1, 1, -2}, format.Unordered},
		{[]int64{1, -1, 2}, format.Unordered},
	}
	for _, typ := range types {
		for _, tt := range tests {
			for _, o := range withAndWithout {
				o.PageBytes = 1
				f := open(t, encode(t, single(typ, orderLeaf(typ, tt.values)), o))
				index := f.ColumnIndexes()[0]
				if len(index.MinValues) != len(tt.values) || index.BoundaryOrder != tt.want {
					t.Errorf("%v: %v is %v on %d pages, want %v", typ, tt.values, index.BoundaryOrder, len(index.MinValues), tt.want)
				}
				checkEnds(t, f.Metadata().RowGroups[0].Columns[0].MetaData.Statistics, &index, tt.values)
			}
		}
	}
}

// checkEnds checks that the bounds of a chunk are those of the pages with the
// least and the greatest value.
func checkEnds(t *testing.T, s format.Statistics, index *format.ColumnIndex, values []int64) {
	t.Helper()
	least, greatest := 0, 0
	for i, v := range values {
		if v < values[least] {
			least = i
		}
		if v > values[greatest] {
			greatest = i
		}
	}
	if !bytes.Equal(s.MinValue, index.MinValues[least]) || !bytes.Equal(s.MaxValue, index.MaxValues[greatest]) {
		t.Errorf("%v: bounds are %x and %x, want those of values %d and %d", values, s.MinValue, s.MaxValue, least, greatest)
	}
}
