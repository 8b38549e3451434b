package orc

import (
	"bytes"
	"io"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/orc/orctest"
)

// A table is made-up rows.
type table struct{ *orctest.Table }

func newTable(s *column.Schema, n, chunk int, m *orctest.Maker) *table {
	return &table{orctest.New(s, n, chunk, m)}
}

func tableOf(s *column.Schema, n, chunk int, value func(row, col int, t *column.Type) any) *table {
	return &table{orctest.Of(s, n, chunk, value)}
}

// write writes t into a file.
func (t *table) write(tb testing.TB, o Options) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := t.writeTo(&b, o, heldLimit); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func (t *table) writeTo(b io.Writer, o Options, limit int64) error {
	w, err := NewWriter(b, t.Schema, o)
	if err != nil {
		return err
	}
	w.limit = limit
	for i, leaves := range t.Chunks {
		if err := w.WriteLeaves(t.Counts[i], leaves); err != nil {
			return err
		}
	}
	return w.Close()
}
