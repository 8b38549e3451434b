package formats

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/orc"
)

// orcRows returns the rows of an ORC file as text.
func orcRows(t *testing.T, file []byte) []string {
	t.Helper()
	r, err := orc.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.Read(1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		out = append(out, fmt.Sprint(row...))
	}
	return out
}

func TestORCHoldsTheRowsThatWereAddedButTimesThatItCannot(t *testing.T) {
	schema := &column.Schema{Columns: []column.Column{
		{Name: "id", Type: column.Type{Kind: column.BigInt}}, {Name: "at", Type: column.Type{Kind: column.Timestamp}},
	}}
	var b bytes.Buffer
	e, err := New(Options{Kind: ORC, Schema: schema, Fields: []string{"id", "at"}, ORC: orc.Options{RowIndexStride: 1000}}, &b)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, err error) {
		t.Helper()
		var re *RowError
		if !errors.As(err, &re) || re.Column != "at" {
			t.Errorf("%s: got %v, want a row error of column at", what, err)
		}
	}
	const bad = `"1969-12-31 23:59:59.5"`
	if err := e.AppendData([]byte(`{"id":1,"at":"1969-12-31 23:59:58.5"}`)); err != nil {
		t.Error(err)
	}
	refused("data", e.AppendData([]byte(`{"id":2,"at":`+bad+`}`)))
	refused("data with a second row", e.AppendData([]byte(`{"id":2,"at":"2026-01-02 03:04:05"}{"id":2,"at":`+bad+`}`)))
	var errs []error
	err = e.AppendParts([]byte(`{"id":3}{"id":4,"at":`+bad+`}{"id":5,"at":"2026-01-02 03:04:05"}`), func(_ []byte, err error) { errs = append(errs, err) })
	if err != nil || len(errs) != 3 || errs[0] != nil || errs[2] != nil {
		t.Fatalf("parts: %v, %v", errs, err)
	}
	refused("second part", errs[1])
	refused("fields", e.AppendFields([][]byte{[]byte("6"), []byte("1969-12-31 23:59:59.5")}))
	if err := e.AppendFields([][]byte{[]byte("7"), nil}); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 1969-12-31 23:59:58.5 +0000 UTC", "3 <nil>", "5 2026-01-02 03:04:05 +0000 UTC", "7 <nil>"}
	if got := orcRows(t, b.Bytes()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if e.Rows() != 4 {
		t.Errorf("%d rows, want 4", e.Rows())
	}
}
