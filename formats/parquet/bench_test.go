package parquet_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// webRowBytes is about how many bytes a row of webChunk takes as JSON.
const webRowBytes = 337

// webChunk returns rows of a web site's log: a random id, rising times, users,
// a few kinds of events, URLs, statuses, latencies, tags, places and browsers.
func webChunk(r *rand.Rand, rows int) (*column.Schema, []column.Leaf) {
	agents := make([]string, 200)
	for i := range agents {
		agents[i] = fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) AppleWebKit/%d.36 (KHTML, like Gecko) Chrome/%d.0", i, 500+i, 90+i%40)
	}
	kinds := []string{"page_view", "click", "add_to_cart", "purchase", "login"}
	text := func(of func() string) func(*column.Leaf) {
		return func(l *column.Leaf) { appendBytes(l, []byte(of())) }
	}
	integer := func(of func() int64) func(*column.Leaf) {
		return func(l *column.Leaf) { l.Ints = append(l.Ints, of()) }
	}
	float := func(of func() float64) func(*column.Leaf) {
		return func(l *column.Leaf) { l.Floats = append(l.Floats, of()) }
	}
	now := int64(1767225600000)
	columns := []struct {
		name  string
		kind  column.Kind
		nulls float64
		add   func(*column.Leaf)
	}{
		{"id", column.String, 0, text(func() string {
			return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<16), r.Int64N(1<<48))
		})},
		{"ts", column.BigInt, 0, integer(func() int64 { now += r.Int64N(10); return now })},
		{"user_id", column.BigInt, 0.02, integer(func() int64 { return r.Int64N(100_000) })},
		{"event", column.String, 0, text(func() string { return kinds[r.IntN(len(kinds))] })},
		{"url", column.String, 0.01, text(func() string {
			return fmt.Sprintf("https://shop.example.com/products/%d?ref=%d", r.IntN(20000), r.IntN(50))
		})},
		{"status", column.Int, 0, integer(func() int64 { return []int64{200, 200, 200, 304, 404, 500}[r.IntN(6)] })},
		{"latency", column.Double, 0.05, float(func() float64 { return float64(r.IntN(1_000_000)) / 1000 })},
		{"ok", column.Boolean, 0, integer(func() int64 { return r.Int64N(2) })},
		{"tag", column.String, 0.5, text(func() string { return []string{"sale", "new", "mobile", "eu"}[r.IntN(4)] })},
		{"lat", column.Double, 0.1, float(func() float64 { return float64(r.IntN(180_000_000))/1e6 - 90 })},
		{"lon", column.Double, 0.1, float(func() float64 { return float64(r.IntN(360_000_000))/1e6 - 180 })},
		{"ua", column.String, 0, text(func() string { return agents[r.IntN(len(agents))] })},
	}
	schema, leaves := new(column.Schema), []column.Leaf(nil)
	for _, c := range columns {
		typ := column.Type{Kind: c.kind}
		schema.Columns = append(schema.Columns, column.Column{Name: c.name, Type: typ})
		l := column.Leaf{Path: []string{c.name}, Type: typ, MaxDef: 1}
		for range rows {
			if c.nulls > 0 && r.Float64() < c.nulls {
				l.Def = append(l.Def, 0)
				continue
			}
			l.Def = append(l.Def, 1)
			c.add(&l)
		}
		leaves = append(leaves, l)
	}
	return schema, leaves
}

const (
	webChunkRows  = 12000 // 4 MB of JSON
	webFileChunks = 24    // 97 MB of JSON
)

func webFile() (schema *column.Schema, chunks [][]column.Leaf) {
	r := rand.New(rand.NewPCG(1, 2))
	for range webFileChunks {
		s, leaves := webChunk(r, webChunkRows)
		schema, chunks = s, append(chunks, leaves)
	}
	return schema, chunks
}

// BenchmarkWriteWeb encodes 97 MB of rows; MB/s are of the JSON they came from.
func BenchmarkWriteWeb(b *testing.B) {
	for _, compression := range []string{"snappy", "none", "gzip", "zstd"} {
		b.Run(compression, func(b *testing.B) {
			schema, chunks := webFile()
			b.SetBytes(webFileChunks * webChunkRows * webRowBytes)
			b.ReportAllocs()
			for b.Loop() {
				var size countingWriter
				w, err := parquet.NewWriter(&size, schema, parquet.Options{Compression: compression})
				if err != nil {
					b.Fatal(err)
				}
				for _, leaves := range chunks {
					if err := w.WriteLeaves(webChunkRows, leaves); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(size)/1e6, "MB-file")
			}
		})
	}
}

type countingWriter int64

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}

// BenchmarkParquetGo does the same by parquet-go's column writers, with the
// fast snappy encoder: with dictionaries of the same size for all columns but
// booleans, and with dictionaries only where they are known to pay.
func BenchmarkParquetGo(b *testing.B) {
	for name, paying := range map[string]string{
		"dictionaries": "id ts user_id event url status latency tag lat lon ua",
		"chosen":       "event status tag ua",
	} {
		b.Run(name, func(b *testing.B) {
			schema, chunks := webFile()
			b.SetBytes(webFileChunks * webChunkRows * webRowBytes)
			b.ReportAllocs()
			for b.Loop() {
				var size countingWriter
				if err := writeByParquetGo(&size, schema, chunks, strings.Fields(paying)); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(size)/1e6, "MB-file")
			}
		})
	}
}

// fastSnappy is snappy by s2's fast encoder, which parquet-go doesn't use.
type fastSnappy struct{}

func (fastSnappy) String() string                            { return "SNAPPY" }
func (fastSnappy) CompressionCodec() format.CompressionCodec { return format.Snappy }
func (fastSnappy) Encode(dst, src []byte) ([]byte, error) {
	return s2.EncodeSnappy(dst[:cap(dst)], src), nil
}
func (fastSnappy) Decode(dst, src []byte) ([]byte, error) { return s2.Decode(dst, src) }

func writeByParquetGo(out io.Writer, s *column.Schema, chunks [][]column.Leaf, dictionaries []string) error {
	group := pq.Group{}
	for _, c := range s.Columns {
		group[c.Name] = parquetGoNode(c.Type.Kind, slices.Contains(dictionaries, c.Name))
	}
	schema := pq.NewSchema("schema", group)
	w := pq.NewWriter(out, schema, &pq.WriterConfig{
		CreatedBy: "x", PageBufferSize: 1 << 20, WriteBufferSize: 1 << 20,
		DataPageVersion: 1, DataPageStatistics: true, MaxRowsPerRowGroup: 1 << 40,
		DictionaryMaxBytes: 1 << 20, Schema: schema,
	})
	place := map[string]int{}
	for i, c := range schema.Columns() {
		place[c[0]] = i
	}
	var values []pq.Value
	for _, leaves := range chunks {
		for _, l := range leaves {
			values = appendValues(values[:0], &l, place[l.Path[0]])
			if _, err := w.ColumnWriters()[place[l.Path[0]]].WriteRowValues(values); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

func parquetGoNode(k column.Kind, dictionary bool) pq.Node {
	leaf := map[column.Kind]pq.Node{
		column.Boolean: pq.Leaf(pq.BooleanType), column.Int: pq.Int(32), column.BigInt: pq.Int(64),
		column.Double: pq.Leaf(pq.DoubleType), column.String: pq.String(),
	}[k]
	if dictionary {
		leaf = pq.Encoded(leaf, &pq.RLEDictionary)
	}
	return pq.Optional(pq.Compressed(leaf, fastSnappy{}))
}

func appendValues(values []pq.Value, l *column.Leaf, at int) []pq.Value {
	next, start := 0, uint32(0)
	for _, def := range l.Def {
		if def == 0 {
			values = append(values, pq.NullValue().Level(0, 0, at))
			continue
		}
		var v pq.Value
		switch l.Type.Kind {
		case column.Boolean:
			v = pq.BooleanValue(l.Ints[next] == 1)
		case column.Int:
			v = pq.Int32Value(int32(l.Ints[next]))
		case column.BigInt:
			v = pq.Int64Value(l.Ints[next])
		case column.Double:
			v = pq.DoubleValue(l.Floats[next])
		default:
			v = pq.ByteArrayValue(l.Bytes[start:l.Ends[next]])
			start = l.Ends[next]
		}
		next++
		values = append(values, v.Level(0, 1, at))
	}
	return values
}
