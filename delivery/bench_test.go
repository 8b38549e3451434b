package delivery

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"testing"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
	"hydrant/formats/column"
	"hydrant/transform"
)

// webSchema is that of webRow.
var webSchema = &column.Schema{Columns: []column.Column{
	{Name: "id", Type: column.Type{Kind: column.String}}, {Name: "ts", Type: column.Type{Kind: column.BigInt}},
	{Name: "user_id", Type: column.Type{Kind: column.Int}}, {Name: "event", Type: column.Type{Kind: column.String}},
	{Name: "url", Type: column.Type{Kind: column.String}}, {Name: "status", Type: column.Type{Kind: column.Int}},
	{Name: "latency", Type: column.Type{Kind: column.Double}}, {Name: "ok", Type: column.Type{Kind: column.Boolean}},
	{Name: "ua", Type: column.Type{Kind: column.String}},
}}

// webRow is a row of a web log, about 340 bytes.
func webRow(r *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"id":"%08x-%04x-4%03x-a%03x-%012x","ts":%d,"user_id":%d,"event":"%s","url":"https://example.com/shop/item/%d?ref=%s","status":%d,"latency":%.3f,"ok":%v,"ua":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36"}`,
		r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()&(1<<48-1), 1700000000000+r.Int64N(1e9),
		r.IntN(1e6), [...]string{"view", "click", "cart", "buy"}[r.IntN(4)], r.IntN(20000), [...]string{"mail", "search", "direct"}[r.IntN(3)],
		[...]int{200, 200, 200, 304, 404, 500}[r.IntN(6)], r.ExpFloat64()*80, r.IntN(20) > 0, 90+r.IntN(110))
}

// memorySegment is a segment that is in memory, to measure preparing alone.
type memorySegment struct {
	frames [][]buffer.Record
	info   buffer.SegmentInfo
}

func (m *memorySegment) Info() buffer.SegmentInfo { return m.info }
func (m *memorySegment) Reader() (Reader, error)  { return &memoryReader{m.frames}, nil }

type memoryReader struct{ left [][]buffer.Record }

func (m *memoryReader) Close() error { return nil }
func (m *memoryReader) Next() ([]buffer.Record, error) {
	if len(m.left) == 0 {
		return nil, io.EOF
	}
	next := m.left[0]
	m.left = m.left[1:]
	return next, nil
}

func webSegment(bytes int64) *memorySegment {
	r := rand.New(rand.NewPCG(1, 2))
	return segmentOf(bytes, func() []byte { return webRow(r) })
}

func segmentOf(bytes int64, row func() []byte) *memorySegment {
	m := &memorySegment{info: buffer.SegmentInfo{First: time.Now()}}
	for m.info.Bytes < bytes {
		var frame []buffer.Record
		for range 500 {
			record := row()
			frame = append(frame, buffer.Record{Data: record})
			m.info.Records++
			m.info.Bytes += int64(len(record))
		}
		m.frames = append(m.frames, frame)
	}
	return m
}

// BenchmarkPrepare measures records to durable objects: the part of delivery
// that costs the processor most.
func BenchmarkPrepare(b *testing.B) {
	seg := webSegment(64 << 20)
	for _, bb := range []struct {
		name   string
		stream configs.Stream
		format configs.Format
	}{
		{"parquet-snappy", testStream("s"), configs.Format{Kind: "parquet", Compression: "snappy"}},
		{"json-gzip", testStream("s"), configs.Format{Kind: "json", Compression: "gzip"}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s := bb.stream
			s.Schema, s.Format = webSchema, bb.format
			r, err := newRecipe(s, 1, Parts{}, preparationBytes)
			if err != nil {
				b.Fatal(err)
			}
			benchPrepare(b, r, seg)
		})
	}
}

// BenchmarkCSVToParquet measures the two ways from CSV to columns: as cells,
// and by way of JSON text.
func BenchmarkCSVToParquet(b *testing.B) {
	seg := truckSegment(32 << 20)
	names := []string{"truck_id", "ts", "lat", "lon", "speed"}
	for _, cells := range []bool{true, false} {
		b.Run(map[bool]string{true: "cells", false: "json"}[cells], func(b *testing.B) {
			csv, err := transform.NewCSVToJSON(transform.CSVOptions{Columns: names, SnakeCase: true, EmptyNull: true})
			if err != nil {
				b.Fatal(err)
			}
			parts := Parts{Transform: csv}
			csv.EmitFields(cells)
			if cells {
				parts.Fields = csv.Fields()
			}
			s := testStream("s")
			s.Format = configs.Format{Kind: "parquet", Compression: "snappy"}
			s.Schema = &column.Schema{Columns: []column.Column{
				{Name: "truck_id", Type: column.Type{Kind: column.String}}, {Name: "ts", Type: column.Type{Kind: column.Timestamp}},
				{Name: "lat", Type: column.Type{Kind: column.Double}}, {Name: "lon", Type: column.Type{Kind: column.Double}},
				{Name: "speed", Type: column.Type{Kind: column.Decimal, Precision: 5, Scale: 1}},
			}}
			r, err := newRecipe(s, 1, parts, preparationBytes)
			if err != nil {
				b.Fatal(err)
			}
			benchPrepare(b, r, seg)
		})
	}
}

func truckSegment(bytes int64) *memorySegment {
	r := rand.New(rand.NewPCG(1, 2))
	return segmentOf(bytes, func() []byte {
		return fmt.Appendf(nil, "t-%04d,2026-01-02T03:%02d:%02dZ,%.6f,%.6f,%.1f\n",
			r.IntN(5000), r.IntN(60), r.IntN(60), r.Float64()*90, r.Float64()*180, r.Float64()*120)
	})
}

func benchPrepare(b *testing.B, r *recipe, seg *memorySegment) {
	st := staging{buffer.RealFS(), path.Join(b.TempDir(), "staging")}
	if err := st.fs.MkdirAll(st.dir); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(seg.info.Bytes)
	b.ReportAllocs()
	for b.Loop() {
		p, err := r.prepare(context.Background(), seg, st, nil)
		if err != nil || p.Outcome.Archived.Records > 0 {
			b.Fatal(err, p)
		}
		b.StopTimer()
		if err := st.clear(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
