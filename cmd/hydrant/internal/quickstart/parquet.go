package quickstart

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A sample is what parquet-go, which did not write it, reads in a file.
type sample struct {
	Object string     `json:"object"` // its key
	Rows   int64      `json:"rows"`
	Schema string     `json:"schema"`
	Names  []string   `json:"columns"`
	First  [][]string `json:"first_rows"` // cells as text, "null" for null
}

// readParquet opens a file and reads its schema and its first n rows.
func readParquet(path string, n int) (_ *sample, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("quickstart: %w", err)
	}
	defer f.Close() // read only: nothing can be lost
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("quickstart: %w", err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("quickstart: read %s: %w", path, err)
	}
	s := &sample{Rows: file.NumRows(), Schema: file.Schema().String()}
	var columns []func(parquet.Value) string
	for _, p := range file.Schema().Columns() {
		leaf, _ := file.Schema().Lookup(p...)
		s.Names, columns = append(s.Names, p[0]), append(columns, formatterOf(leaf.Node))
	}
	if s.First, err = firstRows(file, columns, n); err != nil {
		return nil, fmt.Errorf("quickstart: read %s: %w", path, err)
	}
	return s, nil
}

// formatterOf returns how a column's values are written for people.
func formatterOf(n parquet.Node) func(parquet.Value) string {
	t := n.Type().LogicalType()
	if t == nil {
		return parquet.Value.String
	}
	if _, ok := t.Value.(*format.DateType); ok {
		return func(v parquet.Value) string {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
		}
	}
	return parquet.Value.String
}

func firstRows(file *parquet.File, columns []func(parquet.Value) string, n int) ([][]string, error) {
	rows := parquet.NewReader(file)
	defer rows.Close() // read only: nothing can be lost
	buf := make([]parquet.Row, n)
	got, err := rows.ReadRows(buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var out [][]string
	for _, row := range buf[:got] {
		cells := make([]string, len(columns))
		for _, v := range row {
			cells[v.Column()] = "null"
			if !v.IsNull() {
				cells[v.Column()] = columns[v.Column()](v)
			}
		}
		out = append(out, cells)
	}
	return out, nil
}
