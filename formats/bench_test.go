package formats

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/oracle"
)

// webRows are 20,000 requests to a web site, 6.4 MB.
func webRows() (rows [][]byte, size int64) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 20000 {
		row := fmt.Appendf(nil, `{"id":"%08x-%04x-4%03x-a%03x-%012x","ts":%d,"user_id":%d,"event":"event_%d","url":"/shop/item/%d?ref=mail","status":%d,`+
			`"latency":%.3f,"ok":%t,"tags":["a%d","b%d"],"ua":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36"}`,
			r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64N(1<<48), 1767322245000+r.Int64N(1e9), r.IntN(1e6), r.IntN(6),
			r.IntN(1e5), 200+r.IntN(300), r.Float64()*1000, r.IntN(10) > 0, r.IntN(9), r.IntN(99), r.IntN(200))
		rows = append(rows, row)
		size += int64(len(row))
	}
	return rows, size
}

func webSchema(b *testing.B) *column.Schema {
	s := &column.Schema{}
	for _, c := range [][2]string{
		{"id", "string"}, {"ts", "timestamp"}, {"user_id", "bigint"}, {"event", "string"}, {"url", "string"}, {"status", "int"},
		{"latency", "double"}, {"ok", "boolean"}, {"tags", "string"}, {"ua", "string"},
	} {
		typ, err := column.ParseType(c[1])
		if err != nil {
			b.Fatal(err)
		}
		s.Columns = append(s.Columns, column.Column{Name: c[0], Type: typ})
	}
	return s
}

// BenchmarkEncode reports MB/s of rows, from bytes to the whole object.
func BenchmarkEncode(b *testing.B) {
	rows, size := webRows()
	for _, o := range everyFormat(b) {
		if o.Kind == Raw || o.Compression == "" {
			continue
		}
		if o.Schema != nil {
			o.Schema = webSchema(b)
		}
		b.Run(o.Kind+"-"+o.Compression, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if err := fill(o, io.Discard, rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchParquet reports MB/s of rows into one Parquet file with snappy.
func benchParquet(b *testing.B, table string, rows [][]byte) {
	schema, err := column.ParseSchema(table)
	if err != nil {
		b.Fatal(err)
	}
	e, err := New(Options{Kind: Parquet, Compression: "snappy", Schema: schema}, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	var size int64
	for _, row := range rows {
		size += int64(len(row))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			if err := e.AppendData(row); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(rows)), "rows/op")
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkEarthquakesToParquet(b *testing.B) { benchParquet(b, earthquakeTable, earthquakes(b)) }

// BenchmarkEarthquakesFlatToParquet keeps what is nested as JSON text.
func BenchmarkEarthquakesFlatToParquet(b *testing.B) {
	benchParquet(b, "struct<type:string,properties:string,geometry:string,id:string>", earthquakes(b))
}

func BenchmarkWebToParquet(b *testing.B) {
	rows, _ := webRows()
	benchParquet(b, "struct<id:string,ts:timestamp,user_id:bigint,event:string,url:string,status:int,latency:double,ok:boolean,tags:array<string>,ua:string>", rows)
}

func BenchmarkWebFlatToParquet(b *testing.B) {
	rows, _ := webRows()
	benchParquet(b, "struct<id:string,ts:timestamp,user_id:bigint,event:string,url:string,status:int,latency:double,ok:boolean,tags:string,ua:string>", rows)
}

func BenchmarkRowsOfMaps(b *testing.B) {
	w := oracle.Writer{Rand: rand.New(rand.NewPCG(4, 4))}
	const table = "struct<labels:map<string,string>,points:array<struct<at:timestamp,v:double>>>"
	var rows [][]byte
	for range 10000 {
		rows = append(rows, bytes.Clone(w.Row(oracle.MustType(table))))
	}
	benchParquet(b, table, rows)
}
