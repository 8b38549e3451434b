package parquet_test

import (
	"bytes"
	"fmt"
	"log"

	pq "github.com/parquet-go/parquet-go"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

func ExampleWriter() {
	schema := &column.Schema{Columns: []column.Column{
		{Name: "truck_id", Type: column.Type{Kind: column.String}},
		{Name: "speed", Type: column.Type{Kind: column.Double}},
		{Name: "note", Type: column.Type{Kind: column.String}},
	}}
	rows := column.New(schema)
	var file bytes.Buffer
	w, err := parquet.NewWriter(&file, schema, parquet.Options{Compression: "zstd"})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range []string{`{"truck_id":"t-17","speed":61.3}`, `{"speed":0.5,"truck_id":"t-18","note":"late"}`} {
		if err := rows.AppendJSON([]byte(row)); err != nil {
			log.Fatal(err)
		}
		if err := w.Write(rows); err != nil { // better: after some megabytes of rows
			log.Fatal(err)
		}
		rows.Reset()
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	f, err := pq.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	read := make([]pq.Row, 2)
	n, _ := f.RowGroups()[0].Rows().ReadRows(read)
	for _, row := range read[:n] {
		fmt.Printf("%v\n", row)
	}
	// Output:
	// [t-17 61.3 <null>]
	// [t-18 0.5 late]
}
