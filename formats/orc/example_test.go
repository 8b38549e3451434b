package orc_test

import (
	"bytes"
	"fmt"
	"os"

	"hydrant/formats/column"
	"hydrant/formats/orc"
)

func Example() {
	schema := &column.Schema{Columns: []column.Column{
		{Name: "id", Type: column.Type{Kind: column.BigInt}},
		{Name: "name", Type: column.Type{Kind: column.String}},
	}}
	rows := column.New(schema)
	for _, doc := range []string{`{"id":1,"name":"one"}`, `{"id":2}`} {
		if err := rows.AppendJSON([]byte(doc)); err != nil {
			fmt.Println(err)
		}
	}
	var file bytes.Buffer
	w, err := orc.NewWriter(&file, schema, orc.Options{Compression: "none"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Write(rows); err != nil {
		fmt.Println(err)
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	m, err := orc.OpenMeta(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Describe(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ORC 0.12, none, 2 rows, 1 stripes, row groups of 10000 rows
	//   1 id bigint: 2 values, min 1, max 2, sum 3
	//   2 name string: 1 values, nulls, min one, max one, sum 3
	// stripe 0 at 3: 2 rows, index 60 bytes, data 11, footer 73, zone UTC
	//   column 0 ROW_INDEX at 3: 10 bytes
	//   column 1 ROW_INDEX at 13: 20 bytes
	//   column 2 ROW_INDEX at 33: 30 bytes
	//   column 1 DATA at 63: 3 bytes, DIRECT_V2
	//   column 2 PRESENT at 66: 2 bytes
	//   column 2 DATA at 68: 3 bytes, DIRECT_V2
	//   column 2 LENGTH at 71: 3 bytes
}
