package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"hydrant/formats/column"
)

func rowSchema(t testing.TB) *column.Schema {
	t.Helper()
	s := &column.Schema{}
	for _, c := range [][2]string{{"row", "bigint"}, {"event", "string"}, {"noise", "string"}} {
		typ, err := column.ParseType(c[1])
		if err != nil {
			t.Fatal(err)
		}
		s.Columns = append(s.Columns, column.Column{Name: c[0], Type: typ})
	}
	return s
}

// everyFormat is each kind with each of its compressions.
func everyFormat(t testing.TB) []Options {
	var all []Options
	for _, c := range Compressions() {
		all = append(all, Options{Kind: JSON, Compression: c}, Options{Kind: Raw, Compression: c})
	}
	for _, c := range []string{"", "none", "snappy", "gzip", "zstd"} {
		all = append(all, Options{Kind: Parquet, Compression: c, Schema: rowSchema(t)})
	}
	for _, c := range []string{"", "none", "zlib", "snappy", "lz4", "zstd"} {
		all = append(all, Options{Kind: ORC, Compression: c, Schema: rowSchema(t)})
	}
	return all
}

// A row as parquet-go reads it.
type parquetRow struct {
	Row   *int64  `parquet:"row,optional"`
	Event *string `parquet:"event,optional"`
	Noise *string `parquet:"noise,optional"`
}

func readParquet(t *testing.T, object []byte) []parquetRow {
	t.Helper()
	rows, err := pq.Read[parquetRow](bytes.NewReader(object), int64(len(object)))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func show(r parquetRow) string {
	s := func(p *string) any {
		if p == nil {
			return nil
		}
		return *p
	}
	row := any(nil)
	if r.Row != nil {
		row = *r.Row
	}
	return fmt.Sprintf("%v %v %v", row, s(r.Event), s(r.Noise))
}

func TestParquetHoldsTheRowsThatWereAdded(t *testing.T) {
	var b bytes.Buffer
	e, err := New(Options{Kind: Parquet, Schema: rowSchema(t), Fields: []string{"Event", "ignored", "row"}}, &b)
	if err != nil {
		t.Fatal(err)
	}
	bad := func(what string, err error) {
		t.Helper()
		var re *RowError
		if !errors.As(err, &re) {
			t.Errorf("%s: got %v, want a row error", what, err)
		}
	}
	good := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	good(e.AppendData([]byte(`{"row":1,"EVENT":"a"}`)))
	bad("text in a bigint", e.AppendData([]byte(`{"row":"oops"}`)))
	bad("second object of a record", e.AppendData([]byte(`{"row":2}{"row":"oops"}`)))
	good(e.AppendData([]byte("{\"row\":3}\n{\"row\":4,\"noise\":\"\"}")))
	good(e.AppendFields([][]byte{[]byte("b"), []byte("x"), []byte("5")}))
	bad("cell", e.AppendFields([][]byte{[]byte("b"), []byte("x"), []byte("five")}))
	var parts []string
	good(e.AppendParts([]byte(`{"row":6}{"row":[]}{"row":null}`), func(part []byte, err error) {
		parts = append(parts, fmt.Sprint(string(part), err == nil))
	}))
	if got, want := fmt.Sprint(parts), `[{"row":6}true {"row":[]}false {"row":null}true]`; got != want {
		t.Errorf("parts: got %s, want %s", got, want)
	}
	good(e.Close())
	var got []string
	for _, r := range readParquet(t, b.Bytes()) {
		got = append(got, show(r))
	}
	want := []string{"1 a <nil>", "3 <nil> <nil>", "4 <nil> ", "5 b <nil>", "6 <nil> <nil>", "<nil> <nil> <nil>"}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || e.Rows() != int64(len(want)) {
		t.Errorf("got %q, Rows %d; want %q", got, e.Rows(), want)
	}
}

func TestParquetKeepsColumnsBounded(t *testing.T) {
	var b bytes.Buffer
	e, err := New(Options{Kind: Parquet, Schema: rowSchema(t)}, &b)
	if err != nil {
		t.Fatal(err)
	}
	noise := bytes.Repeat([]byte("0123456789"), 100)
	const rows = 9000 // 9 MB
	for i := range rows {
		if err := e.AppendData(fmt.Appendf(nil, `{"row":%d,"noise":"%s"}`, i, noise)); err != nil {
			t.Fatal(err)
		}
		if n := e.(*columnar).columns.Bytes(); n > columnBytes+checkRows*1100 {
			t.Fatalf("row %d: columns hold %d bytes", i, n)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	got := readParquet(t, b.Bytes())
	if len(got) != rows || e.Rows() != rows {
		t.Fatalf("got %d rows, Rows %d; want %d", len(got), e.Rows(), rows)
	}
	for i, r := range got {
		if *r.Row != int64(i) || *r.Noise != string(noise) {
			t.Fatalf("row %d is %s", i, show(r))
		}
	}
}

func TestTheSameRowsGiveTheSameParquet(t *testing.T) {
	rows := someRows(500)
	for _, o := range everyFormat(t) {
		if o.Kind == Parquet && !bytes.Equal(encode(t, o, rows), encode(t, o, rows)) {
			t.Errorf("%q: the same rows gave other bytes", o.Compression)
		}
	}
}

func TestNestedSchemasAreRefusedByName(t *testing.T) {
	str := column.Type{Kind: column.String}
	s := &column.Schema{Columns: []column.Column{{Name: "tags", Type: column.Type{Kind: column.Array, Elem: &str}}}}
	_, err := New(Options{Kind: Parquet, Schema: s}, io.Discard)
	want := "formats: column tags: array<string> can't be converted; declare it as string to keep its JSON text"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
