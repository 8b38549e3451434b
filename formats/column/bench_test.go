package column

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// webRows are requests to a web site of about 346 bytes each: short
// strings, integers, a float, a nested array and object, and a long string.
func webRows(n int) [][]byte {
	r := rand.New(rand.NewPCG(7, 7))
	events := []string{"page_view", "click", "add_to_cart", "purchase", "scroll", "search"}
	agents := make([]string, 200)
	for i := range agents {
		agents[i] = fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.%d Safari/537.36", 80+r.IntN(60), r.IntN(6000), r.IntN(200))
	}
	rows := make([][]byte, n)
	for i := range rows {
		rows[i] = fmt.Appendf(nil, `{"id":"%08x-%04x-4%03x-a%03x-%012x","ts":%d,"user_id":%d,"event":"%s","url":"/shop/item/%d?ref=mail","status":%d,`+
			`"latency":%.3f,"ok":%t,"tags":["a%d","b%d"],"geo":{"lat":%.5f,"lon":%.5f},"ua":"%s"}`,
			r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64N(1<<48), 1767322245000+r.Int64N(1e9), r.IntN(1e6), events[r.IntN(len(events))],
			r.IntN(1e5), 200+r.IntN(300), r.Float64()*1000, r.IntN(10) > 0, r.IntN(9), r.IntN(99), r.Float64()*180-90, r.Float64()*360-180, agents[r.IntN(len(agents))])
	}
	return rows
}

func webSchema(b testing.TB) *Schema {
	return schemaOf(b, "id string", "ts timestamp", "user_id bigint", "event string", "url string", "status int",
		"latency double", "ok boolean", "tags string", "geo string", "ua string")
}

// benchAppend reports MB/s of input on one core, with a Reset at 4 MB as the
// Parquet encoder does it.
func benchAppend(b *testing.B, s *Schema, rows [][]byte, add func(c *Columns, row []byte) error) {
	c := New(s)
	var size int64
	for _, r := range rows {
		size += int64(len(r))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			if err := add(c, row); err != nil {
				b.Fatal(err)
			}
		}
		if c.Bytes() > 4<<20 {
			c.Reset()
		}
	}
}

func BenchmarkWebRow(b *testing.B) {
	benchAppend(b, webSchema(b), webRows(2000), (*Columns).AppendJSON)
}

func BenchmarkWebRowWithoutNested(b *testing.B) {
	s := webSchema(b)
	s.Columns = append(s.Columns[:8:8], s.Columns[10])
	benchAppend(b, s, webRows(2000), (*Columns).AppendJSON)
}

func BenchmarkWebRowMany(b *testing.B) {
	benchAppend(b, webSchema(b), webRows(2000), func(c *Columns, row []byte) (err error) {
		full := c.AppendJSONMany(row, func(_ []byte, e error) { err = e })
		if full != nil {
			return full
		}
		return err
	})
}

func flights(t testing.TB) [][]byte {
	data, err := os.ReadFile("testdata/flights.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(data), []byte("\n"))
}

func flightSchema(t testing.TB) *Schema {
	return schemaOf(t, "date string", "delay int", "distance int", "origin char(3)", "destination varchar(3)")
}

func BenchmarkFlights(b *testing.B) {
	benchAppend(b, flightSchema(b), flights(b), (*Columns).AppendJSON)
}

func BenchmarkTruckFields(b *testing.B) {
	s := schemaOf(b, "truck_id string", "ts timestamp", "lat double", "lon double", "speed decimal(5,1)")
	r := rand.New(rand.NewPCG(3, 3))
	rows := make([][]byte, 2000)
	for i := range rows {
		rows[i] = fmt.Appendf(nil, "t-%04d,2026-01-02T03:%02d:%02dZ,%.6f,%.6f,%.1f", r.IntN(5000), r.IntN(60), r.IntN(60), r.Float64()*90, r.Float64()*180, r.Float64()*120)
	}
	var cells [][]byte
	benchAppend(b, s, rows, func(c *Columns, row []byte) error {
		if c.fields == nil {
			c.BindFields([]string{"truck_id", "ts", "lat", "lon", "speed"})
		}
		cells = cells[:0]
		for {
			i := bytes.IndexByte(row, ',')
			if i < 0 {
				cells = append(cells, row)
				return c.AppendFields(cells)
			}
			cells, row = append(cells, row[:i]), row[i+1:]
		}
	})
}

func BenchmarkJSONField(b *testing.B) {
	rows := webRows(100)
	b.SetBytes(int64(len(rows[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, _, ok := JSONField(rows[i%len(rows)], []string{"geo", "lat"}); !ok {
			b.Fatal("no geo.lat")
		}
	}
}
