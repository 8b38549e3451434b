// Package rows makes the rows that the benchmark sends: web requests as JSON
// of about 350 bytes with twelve flat columns. The same number gives the same row
// for ever, and a [Body] holds 500 of them as a PutRecordBatch.
//
// Bodies are encoded once and sent many times, which leaves the machine to the
// daemon. So that a row nonetheless never repeats, each round writes its number
// into every row's id and ts, in place: both begin at a multiple of three bytes
// of the row, which base64 keeps apart.
package rows

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
)

// PerBody is how many rows a body has: what PutRecordBatch allows.
const PerBody = 500

// Schema is the rows' schema block in Hydrant's language, and DuckDB their
// columns as read_json takes them.
const (
	Schema = `  schema {
    column "id"      { type = "string" }
    column "ts"      { type = "bigint" }
    column "user_id" { type = "bigint" }
    column "event"   { type = "string" }
    column "url"     { type = "string" }
    column "status"  { type = "int" }
    column "latency" { type = "double" }
    column "ok"      { type = "boolean" }
    column "country" { type = "string" }
    column "lat"     { type = "double" }
    column "lon"     { type = "double" }
    column "ua"      { type = "string" }
  }
`
	DuckDB = "{id: 'VARCHAR', ts: 'BIGINT', user_id: 'BIGINT', event: 'VARCHAR', url: 'VARCHAR', " +
		"status: 'INTEGER', latency: 'DOUBLE', ok: 'BOOLEAN', country: 'VARCHAR', " +
		"lat: 'DOUBLE', lon: 'DOUBLE', ua: 'VARCHAR'}"
)

var columnLine = regexp.MustCompile(`column "(\w+)" +\{ type = "(\w+)" \}`)

// Columns are the columns of Schema, each as its name, a blank and its type.
func Columns() []string {
	var columns []string
	for _, m := range columnLine.FindAllStringSubmatch(Schema, -1) {
		columns = append(columns, m[1]+" "+m[2])
	}
	return columns
}

// Where a row holds the round: six hexadecimal digits of the id, and the six
// decimal digits of ts that count 1,000 s each.
const (
	idAt, idLen = 9, 6
	tsAt, tsLen = 51, 6
)

var (
	events    = []string{"view", "click", "scroll", "search", "add_to_cart", "purchase", "login", "logout"}
	sections  = []string{"products", "help", "account", "search", "blog", "checkout", "reviews", "deals"}
	countries = []string{"US", "DE", "FR", "GB", "JP", "KR", "BR", "IN", "CA", "AU", "IT", "ES"}
	engines   = []string{
		"(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.1 Safari/605.1.15",
		"(X11; Linux x86_64; rv:%[1]d.0) Gecko/20100101 Firefox/%[1]d.0",
		"(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36",
	}
)

// Append appends row n as it is in round 0.
func Append(dst []byte, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 0x7765625f726f7773))
	dst = fmt.Appendf(dst, `{"id":"%08x-%04x-4%03x-8%03x-%012x"`, r.Uint32(), uint16(r.Uint32()), r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&(1<<48-1))
	dst = fmt.Appendf(dst, `,"ts":1763000%06d`, n*10%1_000_000)
	dst = fmt.Appendf(dst, `,"user_id":%d,"event":"%s"`, 1_000_000+r.IntN(250_000), events[r.IntN(len(events))])
	dst = fmt.Appendf(dst, `,"url":"https://shop.example.com/%s/%d/item-%d.html"`, sections[r.IntN(len(sections))], r.IntN(200), r.IntN(20_000))
	status := []int{200, 200, 200, 200, 200, 200, 301, 304, 404, 500}[r.IntN(10)]
	dst = fmt.Appendf(dst, `,"status":%d,"latency":%.3f,"ok":%t`, status, r.ExpFloat64()*80, status < 400)
	dst = fmt.Appendf(dst, `,"country":"%s","lat":%.5f,"lon":%.5f`, countries[r.IntN(len(countries))], r.Float64()*180-90, r.Float64()*360-180)
	agent := fmt.Sprintf(engines[r.IntN(len(engines))], 90+r.IntN(50))
	return fmt.Appendf(dst, `,"ua":"Mozilla/5.0 %s"}`+"\n", agent)
}

// Patch writes the round into a row that [Append] made.
func Patch(row []byte, round int) {
	id, ts := digits(round)
	copy(row[idAt:], id)
	copy(row[tsAt:], ts)
}

func digits(round int) (id, ts []byte) {
	return fmt.Appendf(nil, "%06x", round&0xffffff), fmt.Appendf(nil, "%06d", (763_000+round)%1_000_000)
}

// A Body is the JSON of one PutRecordBatch. It is not safe for concurrent use.
type Body struct {
	JSON        []byte
	RecordBytes int64 // bytes of its records, before base64
	starts      []int // of each record's base64 in JSON
}

// NewBody makes the body of the rows from PerBody*n on, as they are in round
// 0, for a stream.
func NewBody(stream string, n int) *Body {
	b := &Body{JSON: fmt.Appendf(nil, `{"DeliveryStreamName":%q,"Records":[`, stream)}
	var row []byte
	for i := range PerBody {
		row = Append(row[:0], n*PerBody+i)
		if i > 0 {
			b.JSON = append(b.JSON, ',')
		}
		b.JSON = append(b.JSON, `{"Data":"`...)
		b.starts = append(b.starts, len(b.JSON))
		b.JSON = append(base64.StdEncoding.AppendEncode(b.JSON, row), `"}`...)
		b.RecordBytes += int64(len(row))
	}
	b.JSON = append(b.JSON, "]}"...)
	return b
}

// Patch writes the round into every row of the body.
func (b *Body) Patch(round int) {
	id, ts := digits(round)
	id, ts = base64.StdEncoding.AppendEncode(nil, id), base64.StdEncoding.AppendEncode(nil, ts)
	for _, at := range b.starts {
		copy(b.JSON[at+idAt/3*4:], id)
		copy(b.JSON[at+tsAt/3*4:], ts)
	}
}

// Write writes at least size bytes of rows, as a pool of bodies sends them:
// bodies x 500 rows a round, round after round. It returns rows and bytes.
func Write(w io.Writer, bodies int, size int64) (rows, written int64, err error) {
	for round := 0; ; round++ {
		for n := range bodies * PerBody {
			if written >= size {
				return rows, written, nil
			}
			row := Append(nil, n)
			Patch(row, round)
			if _, err := w.Write(row); err != nil {
				return rows, written, fmt.Errorf("rows: write: %w", err)
			}
			rows, written = rows+1, written+int64(len(row))
		}
	}
}

// Decode returns the records of a PutRecordBatch body; tests compare them.
func Decode(body []byte) ([][]byte, error) {
	var batch struct{ Records []struct{ Data []byte } }
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&batch); err != nil {
		return nil, fmt.Errorf("rows: decode body: %w", err)
	}
	records := make([][]byte, len(batch.Records))
	for i, r := range batch.Records {
		records[i] = r.Data
	}
	return records, nil
}
