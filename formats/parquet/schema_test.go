package parquet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// converted names the older annotations that are used.
var converted = map[deprecated.ConvertedType]string{
	deprecated.UTF8: "UTF8", deprecated.Map: "MAP", deprecated.List: "LIST", deprecated.Decimal: "DECIMAL",
	deprecated.Date: "DATE", deprecated.TimestampMillis: "TIMESTAMP_MILLIS", deprecated.TimestampMicros: "TIMESTAMP_MICROS",
	deprecated.Int8: "INT8", deprecated.Int16: "INT16",
}

// describe says what a leaf's element says, or a group's.
func describe(e *format.SchemaElement) string {
	parts := []string{strings.ToLower(e.RepetitionType.V.String())}
	if e.Type.Valid {
		parts = append(parts, e.Type.V.String())
	}
	if e.TypeLength.Valid {
		parts = append(parts, fmt.Sprintf("[%d]", e.TypeLength.V))
	}
	if e.ConvertedType.Valid {
		parts = append(parts, "converted", converted[e.ConvertedType.V])
	}
	if e.Precision.Valid {
		parts = append(parts, fmt.Sprintf("(%d,%d)", e.Precision.V, e.Scale.V))
	}
	if e.LogicalType.Value != nil {
		parts = append(parts, "logical", e.LogicalType.String())
	}
	return strings.Join(parts, " ")
}

func TestColumnsKeepTheirOrderAndTypes(t *testing.T) {
	want := []string{
		"zz_boolean: optional BOOLEAN",
		"tinyint: optional INT32 converted INT8 logical INT(8,true)",
		"smallint: optional INT32 converted INT16 logical INT(16,true)",
		"int: optional INT32",
		"bigint: optional INT64",
		"float: optional FLOAT",
		"double: optional DOUBLE",
		"decimal_1: optional FIXED_LEN_BYTE_ARRAY [1] converted DECIMAL (1,0) logical DECIMAL(1,0)",
		"decimal_9: optional FIXED_LEN_BYTE_ARRAY [4] converted DECIMAL (9,2) logical DECIMAL(9,2)",
		"decimal_18: optional FIXED_LEN_BYTE_ARRAY [8] converted DECIMAL (18,18) logical DECIMAL(18,18)",
		"decimal_19: optional FIXED_LEN_BYTE_ARRAY [9] converted DECIMAL (19,3) logical DECIMAL(19,3)",
		"decimal_38: optional FIXED_LEN_BYTE_ARRAY [16] converted DECIMAL (38,10) logical DECIMAL(38,10)",
		"string: optional BYTE_ARRAY converted UTF8 logical STRING",
		"char: optional BYTE_ARRAY converted UTF8 logical STRING",
		"varchar: optional BYTE_ARRAY converted UTF8 logical STRING",
		"date: optional INT32 converted DATE logical DATE",
		"timestamp: optional INT96",
		"binary: optional BYTE_ARRAY",
	}
	f := open(t, encode(t, flatTable(1, 1, 1, 0, 0), parquet.Options{}))
	elements := f.Metadata().Schema[1:]
	for i, w := range want {
		if got := elements[i].Name + ": " + describe(&elements[i]); got != w {
			t.Errorf("element %d is\n%s, want\n%s", i, got, w)
		}
	}
	if len(elements) != len(want) {
		t.Errorf("%d elements, want %d", len(elements), len(want))
	}
}

func TestTimestampsOfInt64AreNotAdjustedToUTC(t *testing.T) {
	for kind, want := range map[string]string{
		"millis": "optional INT64 converted TIMESTAMP_MILLIS logical TIMESTAMP(isAdjustedToUTC=false,unit=MILLIS)",
		"micros": "optional INT64 converted TIMESTAMP_MICROS logical TIMESTAMP(isAdjustedToUTC=false,unit=MICROS)",
	} {
		f := open(t, encode(t, flatTable(1, 1, 1, 0, 0), parquet.Options{Timestamps: kind}))
		for _, e := range f.Metadata().Schema {
			if got := describe(&e); e.Name == "timestamp" && got != want {
				t.Errorf("%s: %s, want %s", kind, got, want)
			}
		}
	}
}

func TestNestedSchemaHasThreeLevels(t *testing.T) {
	want := []string{
		"tags: optional converted LIST logical LIST",
		"list: repeated",
		"element: optional BYTE_ARRAY converted UTF8 logical STRING",
		"matrix: optional converted LIST logical LIST",
		"list: repeated",
		"element: optional converted LIST logical LIST",
		"list: repeated",
		"element: optional INT64",
		"geo: optional",
		"lat: optional INT64",
		"names: optional converted LIST logical LIST",
		"list: repeated",
		"element: optional BYTE_ARRAY converted UTF8 logical STRING",
		"attrs: optional converted MAP logical MAP",
		"key_value: repeated",
		"key: required BYTE_ARRAY converted UTF8 logical STRING",
		"value: optional INT64",
	}
	tab, _ := nestedTable(1, 1, 1)
	f := open(t, encode(t, tab, parquet.Options{}))
	for i, w := range want {
		e := &f.Metadata().Schema[1+i]
		if got := e.Name + ": " + describe(e); got != w {
			t.Errorf("element %d is\n%s, want\n%s", i, got, w)
		}
	}
}

func TestWhatCannotBeWrittenIsRefusedAtOnce(t *testing.T) {
	str := &column.Schema{Columns: []column.Column{{Name: "a", Type: column.Type{Kind: column.String}}}}
	of := func(t column.Type) *column.Schema {
		return &column.Schema{Columns: []column.Column{{Name: "a", Type: t}}}
	}
	tests := []struct {
		name   string
		schema *column.Schema
		opts   parquet.Options
		want   string
	}{
		{"no columns", &column.Schema{}, parquet.Options{}, "parquet: schema: no columns"},
		{"unknown type", of(column.Type{}), parquet.Options{}, "parquet: schema: column a: no Parquet type for Hive type 0"},
		{"too precise", of(column.Type{Kind: column.Decimal, Precision: 39}), parquet.Options{}, "parquet: schema: column a: decimal(39,0) is out of range"},
		{"scale over precision", of(column.Type{Kind: column.Decimal, Precision: 3, Scale: 4}), parquet.Options{}, "parquet: schema: column a: decimal(3,4) is out of range"},
		{"empty struct", of(column.Type{Kind: column.Struct}), parquet.Options{}, "parquet: schema: column a: a struct without fields"},
		{"lz4", str, parquet.Options{Compression: "lz4"}, `parquet: compression "lz4" is not one of none, snappy, gzip, zstd`},
		{"nanos", str, parquet.Options{Timestamps: "nanos"}, `parquet: timestamps "nanos" is not one of int96, millis, micros`},
		{"negative page", str, parquet.Options{PageBytes: -1}, "parquet: page size -1 is not between 1 and 1073741824"},
	}
	for _, tt := range tests {
		_, err := parquet.NewWriter(new(countingWriter), tt.schema, tt.opts)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}
