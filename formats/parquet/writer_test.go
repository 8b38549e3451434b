package parquet_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// errDisk is what a failing writer says.
var errDisk = errors.New("disk is full")

// A faultyWriter fails after some calls, half written.
type faultyWriter struct {
	left int
	bytes.Buffer
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	if w.left == 0 {
		n, _ := w.Buffer.Write(p[:len(p)/2])
		return n, errDisk
	}
	w.left--
	return w.Buffer.Write(p)
}

// writeAll writes a table until the first error.
func writeAll(w *faultyWriter, tab *table, o parquet.Options) (*parquet.Writer, error) {
	p, err := parquet.NewWriter(w, tab.schema, o)
	if err != nil {
		return nil, err
	}
	for _, c := range tab.chunks {
		if err := p.WriteLeaves(c.rows, c.leaves); err != nil {
			return p, err
		}
	}
	return p, p.Close()
}

func TestAFailedWriteIsToldForGood(t *testing.T) {
	tab := flatTable(1, 3, 200, 0, 0.1)
	o := parquet.Options{RowGroupBytes: 20_000}
	for n := 0; ; n++ {
		out := &faultyWriter{left: n}
		w, err := writeAll(out, tab, o)
		if err == nil {
			if n < 50 {
				t.Errorf("only %d writes were made, want more to fail", n)
			}
			checkFile(t, out.Bytes(), tab, "")
			return
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("write %d fails: %v, want %v", n, err, errDisk)
		}
		if w == nil {
			continue
		}
		size := out.Len()
		for what, err := range map[string]error{"WriteLeaves": w.WriteLeaves(tab.chunks[0].rows, tab.chunks[0].leaves), "Close": w.Close()} {
			if !errors.Is(err, errDisk) {
				t.Errorf("write %d failed, then %s: %v, want the same error", n, what, err)
			}
		}
		if out.Len() != size {
			t.Errorf("write %d failed, then %d bytes more were written", n, out.Len()-size)
		}
	}
}

func TestLeavesThatDoNotFitAddNothing(t *testing.T) {
	nested, _ := nestedTable(1, 1, 10)
	tests := []struct {
		name   string
		damage func(leaves []column.Leaf) []column.Leaf
		want   string
	}{
		{"a leaf less", func(l []column.Leaf) []column.Leaf { return l[1:] }, "parquet: 9 leaves for a schema of 10"},
		{"another type", func(l []column.Leaf) []column.Leaf { l[0].Type.Kind = column.Binary; return l }, "parquet: column tags is of another type than the schema's"},
		{"other levels", func(l []column.Leaf) []column.Leaf { l[0].MaxDef++; return l }, "parquet: column tags is of another type than the schema's"},
		{"a row less", func(l []column.Leaf) []column.Leaf { l[9].Def = l[9].Def[1:]; return l }, "parquet: column flat has 9 rows, not 10"},
		{"a value more", func(l []column.Leaf) []column.Leaf { l[9].Ints = append(l[9].Ints, 1); return l }, "values, but levels for"},
		{"strings cut off", func(l []column.Leaf) []column.Leaf { l[0].Bytes = l[0].Bytes[1:]; return l }, "has -1 values"},
		{"no first row", func(l []column.Leaf) []column.Leaf { l[0].Rep[0] = 1; return l }, "repetition levels that don't fit"},
		{"levels of two lengths", func(l []column.Leaf) []column.Leaf { l[0].Rep = l[0].Rep[:1]; return l }, "repetition levels that don't fit"},
	}
	for _, tt := range tests {
		bad, _ := nestedTable(1, 1, 10)
		var out bytes.Buffer
		w, err := parquet.NewWriter(&out, bad.schema, parquet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = w.WriteLeaves(10, tt.damage(bad.chunks[0].leaves))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
		if err := errors.Join(w.WriteLeaves(10, nested.chunks[0].leaves), w.Close()); err != nil {
			t.Errorf("%s: then good rows: %v", tt.name, err)
		}
		if w.Rows() != 10 {
			t.Errorf("%s: %d rows, want 10", tt.name, w.Rows())
		}
		checkFile(t, out.Bytes(), nested, "")
	}
}

func TestAClosedWriterTakesNothing(t *testing.T) {
	tab := flatTable(1, 1, 10, 0, 0)
	w, err := writeAll(&faultyWriter{left: -1}, tab, parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteLeaves(tab.chunks[0].rows, tab.chunks[0].leaves); err == nil {
		t.Error("rows were taken after Close")
	}
	if err := w.Close(); err == nil {
		t.Error("a second Close found nothing wrong")
	}
}

func FuzzReaderFindsWhatWasWritten(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(3), uint8(30), uint16(50), uint16(50), uint32(5000))
	f.Add(uint64(2), uint16(1000), uint8(200), uint8(0), uint16(1000), uint16(5000), uint32(1<<20))
	compressions := []string{"none", "snappy", "zstd"}
	f.Fuzz(func(t *testing.T, seed uint64, rows uint16, distinct, nulls uint8, page, dictionary uint16, group uint32) {
		o := parquet.Options{
			PageBytes: int64(page) + 1, DictionaryBytes: int64(dictionary) + 1, RowGroupBytes: int64(group) + 1,
			Compression: compressions[seed%3],
		}
		tab := flatTable(seed, 2, int(rows%1500), int(distinct), float64(nulls)/255)
		checkFile(t, encode(t, tab, o), tab, "")
		nested, _ := nestedTable(seed, 2, int(rows%200))
		checkFile(t, encode(t, nested, o), nested, "")
	})
}
