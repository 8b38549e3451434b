// Package readers has Parquet files of every type, codec and option read by
// programs that others wrote, row by row against the oracle.
package readers

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hydrant/formats"
	"hydrant/formats/column"
	"hydrant/formats/oracle"
	"hydrant/integration/harness"
)

// everyType has each type by itself and in arrays, maps and structs.
func everyType() string {
	var columns []string
	for i, t := range oracle.Scalars {
		columns = append(columns, fmt.Sprintf("plain%d:%s,list%d:array<%s>,by%d:map<string,%s>,in%d:struct<a:array<struct<b:%s>>>", i, t, i, t, i, t, i, t))
		if t != "boolean" && t != "float" && t != "double" {
			columns = append(columns, fmt.Sprintf("key%d:map<%s,array<int>>", i, t))
		}
	}
	return "struct<" + strings.Join(columns, ",") + ",deep:array<map<string,array<array<struct<x:int,y:map<int,string>>>>>>>"
}

const earthquakes = "struct<id:string,type:string,properties:struct<mag:double,place:string,time:timestamp,felt:int,cdi:double,mmi:double,alert:string," +
	"tsunami:smallint,sig:int,nst:int,dmin:double,magtype:varchar(8)>,geometry:struct<type:string,coordinates:array<decimal(12,7)>>>"

// A file is rows in Parquet and what the oracle says of them.
type file struct {
	name  string
	table oracle.Type
	rows  []oracle.Struct
	data  bytes.Buffer
}

// variants are the options that change how a file is laid out.
var variants = map[string]formats.Options{
	"default":   {},
	"v2":        {PageVersion: "v2", PageBytes: 4000},
	"hive":      {ListNames: "hive", Timestamps: "micros"},
	"plain":     {DictionaryBytes: -1, RowGroupBytes: 200_000, PageBytes: 2000},
	"smalldict": {DictionaryBytes: 2000, PageBytes: 1000, PageVersion: "v2", Timestamps: "micros"},
	"bloom":     {BloomFilters: []string{"id", "plain10", "list4.element", "by4.key"}, Timestamps: "micros"},
}

func write(t *testing.T, name, table string, o formats.Options, docs [][]byte) *file {
	t.Helper()
	f := &file{name: name, table: oracle.MustType(table)}
	schema, err := column.ParseSchema(table)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, l := range schema.Leaves() {
		known[l.Name()] = true
	}
	var blooms []string
	for _, b := range o.BloomFilters {
		if known[b] {
			blooms = append(blooms, b)
		}
	}
	o.Kind, o.Schema, o.BloomFilters = formats.Parquet, schema, blooms
	e, err := formats.New(o, &f.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		want, code := oracle.Row(f.table, oracle.Serde{}, doc)
		err := e.AppendData(doc)
		var bad *formats.RowError
		switch {
		case err == nil && code == "":
			f.rows = append(f.rows, want)
		case !errors.As(err, &bad) || bad.Code != code:
			t.Fatalf("%s: got %v, want code %q", doc, err, code)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

func made(rows int) (docs [][]byte) {
	w := oracle.Writer{Rand: rand.New(rand.NewPCG(9, 9)), Odd: 1, Big: true}
	for range rows {
		docs = append(docs, bytes.Clone(w.Row(oracle.MustType(everyType()))))
	}
	return docs
}

func real(t *testing.T) [][]byte {
	t.Helper()
	root, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "formats", "testdata", "earthquakes.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

// matrix is every codec with every variant.
func matrix(t *testing.T) (files []*file) {
	docs, quakes := made(150), real(t)
	for _, codec := range []string{"none", "snappy", "gzip", "zstd"} {
		for variant, o := range variants {
			o.Compression = codec
			files = append(files, write(t, "types-"+codec+"-"+variant, everyType(), o, docs))
			files = append(files, write(t, "quakes-"+codec+"-"+variant, earthquakes, o, quakes))
		}
	}
	return files
}

// canonical is a value in the form that nested.py brings other readers' to.
func canonical(v any, t oracle.Type) any {
	switch v := v.(type) {
	case float64:
		if t.Name == "float" {
			return fmt.Sprintf("f%08x", math.Float32bits(float32(v)))
		}
		return fmt.Sprintf("d%016x", math.Float64bits(v))
	case int64:
		return fmt.Sprint(v)
	case time.Time:
		return fmt.Sprint(v.UnixMicro())
	case string:
		if t.Name == "binary" {
			return hex.EncodeToString([]byte(v))
		}
	case oracle.List:
		out := []any{}
		for _, e := range v {
			out = append(out, canonical(e, t.Parts[0]))
		}
		return out
	case oracle.Map:
		out := []any{}
		for _, e := range v {
			out = append(out, []any{canonical(e.Key, t.Parts[0]), canonical(e.Value, t.Parts[1])})
		}
		return out
	case oracle.Struct:
		out := []any{}
		for i, f := range v {
			out = append(out, canonical(f, t.Parts[i]))
		}
		return out
	case oracle.Tokens:
		return []any{"json", strings.Join(v, " ")}
	}
	return v
}

func TestPyArrowAndDuckDBReadEveryRow(t *testing.T) {
	if _, err := harness.Python.Path(); err != nil {
		t.Skipf("skipped part: python: %v", err)
	}
	dir := t.TempDir()
	var args []string
	for _, f := range matrix(t) {
		path := filepath.Join(dir, f.name+".parquet")
		if err := os.WriteFile(path, f.data.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		expected := filepath.Join(dir, strings.Split(f.name, "-")[0]+".ndjson")
		args = append(args, path, expected)
		if _, err := os.Stat(expected); err == nil {
			continue // the same rows for all options
		}
		out, err := os.Create(expected)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(out)
		for _, row := range f.rows {
			line, err := json.Marshal(canonical(row, f.table))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(w, "%s\n", line)
		}
		if err := errors.Join(w.Flush(), out.Close()); err != nil {
			t.Fatal(err)
		}
	}
	var result struct {
		Rows     map[string]int `json:"rows"`
		Problems []string       `json:"problems"`
	}
	if err := harness.Script(t.Context(), &result, "nested.py", args...); err != nil {
		t.Fatal(err)
	}
	for _, p := range result.Problems {
		t.Error(p)
	}
	for reader, rows := range result.Rows {
		if rows < 24*1800 {
			t.Errorf("%s compared %d rows, want at least %d", reader, rows, 24*1800)
		}
		t.Logf("%s compared %d rows", reader, rows)
	}
	if len(result.Rows) != 2 {
		t.Errorf("readers: got %v, want pyarrow and duckdb", result.Rows)
	}
}
