package readers

import (
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"github.com/xitongsys/parquet-go-source/buffer"
	"github.com/xitongsys/parquet-go/reader"

	"hydrant/formats/oracle"
)

// TestXitongsysReadsEveryRow reads each leaf with its levels by the library of
// the first Firehose clones.
func TestXitongsysReadsEveryRow(t *testing.T) {
	rows := 0
	for _, f := range matrix(t) {
		got := xitongsysRows(t, f)
		if len(got) != len(f.rows) {
			t.Errorf("%s: got %d rows, want %d", f.name, len(got), len(f.rows))
			continue
		}
		for i := range got {
			if !oracle.Same(trimTime(got[i]), trimTime(f.rows[i])) {
				t.Fatalf("%s: row %d is\n%v\nwant\n%v", f.name, i, got[i], f.rows[i])
			}
		}
		rows += len(got)
	}
	t.Logf("compared %d rows", rows)
}

// trimTime cuts times to microseconds, which is what some of the files have.
func trimTime(v any) any {
	switch v := v.(type) {
	case time.Time:
		return time.UnixMicro(v.UnixMicro()).UTC()
	case oracle.List:
		for i := range v {
			v[i] = trimTime(v[i])
		}
	case oracle.Struct:
		for i := range v {
			v[i] = trimTime(v[i])
		}
	case oracle.Map:
		for i := range v {
			v[i].Key, v[i].Value = trimTime(v[i].Key), trimTime(v[i].Value)
		}
	}
	return v
}

func leafTypes(t oracle.Type) (all []oracle.Type) {
	if len(t.Parts) == 0 {
		return []oracle.Type{t}
	}
	for _, p := range t.Parts {
		all = append(all, leafTypes(p)...)
	}
	return all
}

func xitongsysRows(t *testing.T, f *file) []oracle.Struct {
	t.Helper()
	pr, err := reader.NewParquetColumnReader(buffer.NewBufferFileFromBytes(f.data.Bytes()), 1)
	if err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	defer pr.ReadStop()
	slots := make(oracle.Slots, len(pr.SchemaHandler.ValueColumns))
	types := leafTypes(f.table)
	for leaf, path := range pr.SchemaHandler.ValueColumns {
		values, reps, defs, err := pr.ReadColumnByPath(path, 1<<20)
		if err != nil {
			t.Fatalf("%s %s: %v", f.name, path, err)
		}
		for i := range values {
			slots[leaf] = append(slots[leaf], oracle.Slot{Def: int(defs[i]), Rep: int(reps[i]), Value: plain(values[i], types[leaf])})
		}
	}
	return slots.Rows(f.table)
}

// plain is a value as the oracle has it.
func plain(v any, t oracle.Type) any {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		if t.Name == "timestamp" {
			return time.UnixMicro(v).UTC()
		}
	case float32:
		return float64(v)
	case string:
		switch {
		case t.Name == "timestamp":
			day := int64(binary.LittleEndian.Uint32([]byte(v[8:])))
			return time.Unix((day-2440588)*86400, int64(binary.LittleEndian.Uint64([]byte(v)))).UTC()
		case t.Name == "decimal":
			n := new(big.Int).SetBytes([]byte(v))
			if v[0] >= 0x80 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
			}
			return n.String()
		}
	}
	return v
}
