package formats

import (
	"bytes"
	"fmt"
	"testing"

	"hydrant/formats/column"
)

func TestAnObjectDoesNotDependOnTheOneBefore(t *testing.T) {
	schema := &column.Schema{Columns: []column.Column{
		{Name: "s", Type: column.Type{Kind: column.String}}, {Name: "n", Type: column.Type{Kind: column.BigInt}},
		{Name: "f", Type: column.Type{Kind: column.Double}}, {Name: "b", Type: column.Type{Kind: column.Boolean}},
	}}
	add := func(t *testing.T, e Encoder, from, rows int) {
		t.Helper()
		for i := from; i < from+rows; i++ {
			if err := e.AppendData(fmt.Appendf(nil, `{"n":%d,"s":"value %d","f":%d.5,"b":%v}`, i, i%1000, i, i%2 == 0)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var all []Options
	for _, c := range Compressions() {
		all = append(all, Options{Kind: JSON, Compression: c})
	}
	for _, c := range []string{"none", "snappy", "gzip", "zstd"} {
		all = append(all, Options{Kind: Parquet, Compression: c, Schema: schema})
	}
	for _, c := range []string{"none", "snappy", "zstd"} {
		all = append(all, Options{Kind: ORC, Compression: c, Schema: schema})
	}
	for _, o := range all {
		t.Run(o.Kind+"-"+o.Compression, func(t *testing.T) {
			var first bytes.Buffer
			o.ObjectName = "first"
			e, err := New(o, &first)
			if err != nil {
				t.Fatal(err)
			}
			for n, rows := range []int{30000, 10, 0, 500} {
				o.ObjectName = fmt.Sprint("object-", n)
				var got, want bytes.Buffer
				if n == 0 {
					add(t, e, 7, rows)
					if err := e.(Reuser).Finish(); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err := e.(Reuser).Reset(o.ObjectName, &got); err != nil {
					t.Fatal(err)
				}
				add(t, e, 0, rows)
				if e.Rows() != int64(rows) {
					t.Errorf("object %d has %d rows, want %d", n, e.Rows(), rows)
				}
				if err := e.(Reuser).Finish(); err != nil {
					t.Fatal(err)
				}
				fresh, err := New(o, &want)
				if err != nil {
					t.Fatal(err)
				}
				add(t, fresh, 0, rows)
				if err := fresh.Close(); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), want.Bytes()) {
					t.Errorf("object %d: %d bytes in used memory, %d in fresh, want the same", n, got.Len(), want.Len())
				}
			}
		})
	}
}
