package orc_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/orc"
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
		return func(l *column.Leaf) {
			l.Bytes = append(l.Bytes, of()...)
			l.Ends = append(l.Ends, uint32(len(l.Bytes)))
		}
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

type fileWriter interface {
	WriteLeaves(rows int, leaves []column.Leaf) error
	Close() error
}

// BenchmarkWriteWeb encodes 97 MB of rows, as ORC and for comparison as our own
// Parquet; MB/s are of the JSON they came from.
func BenchmarkWriteWeb(b *testing.B) {
	schema, chunks := webFile()
	formats := []struct {
		name string
		open func(w io.Writer) (fileWriter, error)
	}{{"parquet-snappy", func(w io.Writer) (fileWriter, error) { return parquet.NewWriter(w, schema, parquet.Options{}) }}}
	for _, c := range []string{"snappy", "none", "zlib", "lz4", "zstd"} {
		formats = append(formats, struct {
			name string
			open func(w io.Writer) (fileWriter, error)
		}{"orc-" + c, func(w io.Writer) (fileWriter, error) {
			return orc.NewWriter(w, schema, orc.Options{Compression: c})
		}})
	}
	for _, f := range formats {
		b.Run(f.name, func(b *testing.B) {
			b.SetBytes(webFileChunks * webChunkRows * webRowBytes)
			b.ReportAllocs()
			for b.Loop() {
				var size countingWriter
				w, err := f.open(&size)
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
