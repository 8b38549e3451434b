package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"hydrant/formats/column"
	"hydrant/formats/oracle"
)

// leafTypes are the types of a table's leaves, depth-first.
func leafTypes(t oracle.Type) []oracle.Type {
	if len(t.Parts) == 0 {
		return []oracle.Type{t}
	}
	var all []oracle.Type
	for _, p := range t.Parts {
		all = append(all, leafTypes(p)...)
	}
	return all
}

// parquetRows returns the rows of a file as parquet-go reads its columns.
func parquetRows(t testing.TB, file []byte, table oracle.Type) []oracle.Struct {
	t.Helper()
	f, err := pq.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var rows []oracle.Struct
	for _, g := range f.RowGroups() {
		slots := make(oracle.Slots, len(g.ColumnChunks()))
		for leaf, typ := range leafTypes(table) {
			slots[leaf] = chunkSlots(t, g.ColumnChunks()[leaf], typ)
		}
		rows = append(rows, slots.Rows(table)...)
	}
	return rows
}

func chunkSlots(t testing.TB, chunk pq.ColumnChunk, typ oracle.Type) (slots []oracle.Slot) {
	t.Helper()
	pages := chunk.Pages()
	defer pages.Close()
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return slots
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]pq.Value, p.NumValues())
		if n, err := p.Values().ReadValues(values); n != len(values) {
			t.Fatalf("read %d of %d values: %v", n, len(values), err)
		}
		for _, v := range values {
			slots = append(slots, oracle.Slot{Def: v.DefinitionLevel(), Rep: v.RepetitionLevel(), Value: plainValue(v, typ)})
		}
		pq.Release(p)
	}
}

// plainValue is a value as the oracle has it.
func plainValue(v pq.Value, t oracle.Type) any {
	if v.IsNull() {
		return nil
	}
	switch t.Name {
	case "boolean":
		return v.Boolean()
	case "float":
		return float64(v.Float())
	case "double":
		return v.Double()
	case "decimal":
		b := v.ByteArray()
		n := new(big.Int).SetBytes(b)
		if b[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return n.String()
	case "timestamp":
		if v.Kind() == pq.Int64 {
			return time.UnixMicro(v.Int64()).UTC()
		}
		i := v.Int96()
		nanos := int64(i[1])<<32 | int64(i[0])
		return time.Unix((int64(i[2])-2440588)*86400, nanos).UTC()
	case "string", "char", "varchar", "binary":
		return string(v.ByteArray())
	}
	if v.Kind() == pq.Int64 {
		return v.Int64()
	}
	return int64(v.Int32())
}

// A trial is one made-up table with its rows.
type trial struct {
	table  oracle.Type
	schema *column.Schema
	opts   Options
	want   []oracle.Struct
	file   bytes.Buffer
	failed int
}

func newTrial(t testing.TB, r *rand.Rand) *trial {
	t.Helper()
	tr := &trial{table: oracle.RandomTable(r, 4, r.IntN(4))}
	var err error
	if tr.schema, err = column.ParseSchema(tr.table.String()); err != nil {
		t.Fatal(err)
	}
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	tr.opts = Options{
		Kind: Parquet, Schema: tr.schema, Compression: pick("none", "snappy", "gzip", "zstd"),
		RowGroupBytes: []int64{0, 50_000}[r.IntN(2)], PageBytes: []int64{0, 500, 20_000}[r.IntN(3)],
	}
	return tr
}

// fill writes rows made-up rows and notes what the oracle says of them.
func (tr *trial) fill(t testing.TB, r *rand.Rand, rows int) {
	t.Helper()
	e, err := New(tr.opts, &tr.file)
	if err != nil {
		t.Fatal(err)
	}
	w := oracle.Writer{Rand: r, Odd: []int{0, 2, 20}[r.IntN(3)], Big: true}
	for range rows {
		doc := w.Row(tr.table)
		want, code := oracle.Row(tr.table, oracle.Serde{}, doc)
		err := e.AppendData(doc)
		var re *RowError
		switch {
		case err == nil && code == "":
			tr.want = append(tr.want, want)
		case errors.As(err, &re) && re.Code == code:
			tr.failed++
		default:
			t.Fatalf("%s: %.1000s: got %v, want code %q", tr.table, doc, err, code)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func (tr *trial) check(t testing.TB) {
	t.Helper()
	got := parquetRows(t, tr.file.Bytes(), tr.table)
	if len(got) != len(tr.want) {
		t.Fatalf("%s: read %d rows, want %d", tr.table, len(got), len(tr.want))
	}
	for i := range got {
		if !oracle.Same(got[i], tr.want[i]) {
			t.Fatalf("%s %+v: row %d is\n%v\nwant\n%v", tr.table, tr.opts, i, got[i], tr.want[i])
		}
	}
}

func TestParquetHoldsWhatTheOracleReads(t *testing.T) {
	const perTable = 4000
	rows := int64(1_000_000)
	if testing.Short() || raceDetector {
		rows = 40_000
	}
	var good, seed atomic.Int64
	worker := func(t *testing.T) {
		t.Parallel()
		for good.Load() < rows {
			n := seed.Add(1)
			r := rand.New(rand.NewPCG(uint64(n), 3))
			tr := newTrial(t, r)
			tr.fill(t, r, perTable)
			tr.check(t)
			good.Add(int64(len(tr.want)))
		}
	}
	t.Run("workers", func(t *testing.T) {
		t.Run("1", worker)
		t.Run("2", worker)
	})
	if got := good.Load(); got < rows {
		t.Errorf("compared %d rows, want %d", got, rows)
	}
}

// earthquakeTable is the rows of testdata/earthquakes.ndjson.
const earthquakeTable = "struct<type:string,properties:struct<mag:double,place:string,time:timestamp,updated:bigint,tz:int,url:string,detail:string," +
	"felt:int,cdi:double,mmi:double,alert:string,status:string,tsunami:smallint,sig:int,net:string,code:string,ids:string,sources:string," +
	"types:string,nst:int,dmin:double,rms:double,gap:double,magtype:varchar(8),type:string,title:string>," +
	"geometry:struct<type:string,coordinates:array<decimal(12,7)>>,id:string>"

func earthquakes(t testing.TB) [][]byte {
	t.Helper()
	data, err := os.ReadFile("testdata/earthquakes.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

func TestEarthquakesGoThroughParquet(t *testing.T) {
	tr := &trial{table: oracle.MustType(earthquakeTable)}
	var err error
	if tr.schema, err = column.ParseSchema(earthquakeTable); err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"none", "snappy", "gzip", "zstd"} {
		tr.want, tr.file = nil, bytes.Buffer{}
		e, err := New(Options{Kind: Parquet, Schema: tr.schema, Compression: c}, &tr.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range earthquakes(t) {
			want, code := oracle.Row(tr.table, oracle.Serde{}, doc)
			if err := e.AppendData(doc); err != nil || code != "" {
				t.Fatalf("%s: %v, %s", doc, err, code)
			}
			tr.want = append(tr.want, want)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		tr.check(t)
	}
	if len(tr.want) != 1707 || fmt.Sprint(tr.want[0][2]) != "[Point [-1186671667 344945000 264900000]]" {
		t.Errorf("got %d rows, the first at %v", len(tr.want), tr.want[0][2])
	}
}
