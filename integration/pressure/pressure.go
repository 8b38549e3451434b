// Package pressure drives the daemon to where its memory budget could break,
// one way at a time, and says how much memory it ever had.
package pressure

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hydrant/integration/harness"
	"hydrant/integration/rows"
)

// Budget is server.max_memory while it is tried, in MiB.
const Budget = 256

// A Scenario is one way to need memory.
type Scenario struct {
	Name        string
	Streams     int
	Connections int
	Format      string // format block, with schema
	Partitions  int    // 0: not partitioned
	Buffer      string // buffer.size
	Body        func(n int) [][]byte
}

const (
	parquet     = rows.Schema + "  format \"parquet\" { compression = \"snappy\" }\n"
	parquetGzip = rows.Schema + "  format \"parquet\" { compression = \"gzip\" }\n"
	jsonGzip    = "  format \"json\" { compression = \"gzip\" }\n"
	jsonZstd    = "  format \"json\" { compression = \"zstd\" }\n"
)

// Scenarios are all of them.
func Scenarios() []Scenario {
	return []Scenario{
		{Name: "1 partition, Parquet with snappy", Streams: 1, Connections: 16, Format: parquet, Buffer: "64MiB", Body: webRows},
		{Name: "1 partition, Parquet with gzip", Streams: 1, Connections: 16, Format: parquetGzip, Buffer: "64MiB", Body: webRows},
		{Name: "100 partitions, Parquet", Streams: 1, Connections: 16, Format: parquet, Partitions: 100, Buffer: "64MiB", Body: webRows},
		{Name: "records of 1 MB, JSON with gzip", Streams: 1, Connections: 16, Format: jsonGzip, Buffer: "64MiB", Body: largeRecords},
		{Name: "64 connections with batches of 4 MiB", Streams: 1, Connections: 64, Format: jsonGzip, Buffer: "64MiB", Body: largeRecords},
		{Name: "64 connections with batches of 4 MiB, Parquet", Streams: 4, Connections: 64, Format: parquet, Buffer: "64MiB", Body: largeBatches},
		{Name: "20 streams, Parquet with snappy", Streams: 20, Connections: 20, Format: parquet, Buffer: "16MiB", Body: webRows},
		{Name: "20 streams, JSON with zstd", Streams: 20, Connections: 20, Format: jsonZstd, Buffer: "16MiB", Body: webRows},
	}
}

// webRows returns 500 rows of about 350 bytes.
func webRows(n int) [][]byte {
	records := make([][]byte, 500)
	for i := range records {
		records[i] = rows.Append(nil, 500*n+i)
	}
	return records
}

// largeBatches returns 400 records of rows of about 10 KB: nearly 4 MiB.
func largeBatches(n int) [][]byte {
	records := make([][]byte, 400)
	for i := range records {
		for len(records[i]) < 10_000 {
			records[i] = rows.Append(records[i], 500*n+i)
		}
	}
	return records
}

// largeRecords returns four records of 1,000 KiB of JSON.
func largeRecords(n int) [][]byte {
	records := make([][]byte, 4)
	for i := range records {
		records[i] = fmt.Appendf(nil, `{"id":"%d-%d","event":"view","text":"`, n, i)
		for len(records[i]) < 1_000_000 {
			records[i] = fmt.Appendf(records[i], "%d ", len(records[i])*(n+i+3))
		}
		records[i] = append(records[i], `"}`...)
	}
	return records
}

// A Result is what a scenario took.
type Result struct {
	Name    string
	PeakRSS float64 // MiB
	MB      float64 // of records accepted
	Seconds float64 // until all was delivered
	Refused int64   // requests that were told to slow down, and repeated
}

// Run sends about mb MB of records to a daemon in dir and waits until all is
// delivered.
func (s Scenario) Run(ctx context.Context, bin, dir string, mb int64) (Result, error) {
	out := Result{Name: s.Name}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return out, fmt.Errorf("pressure: %w", err)
	}
	d, err := harness.NewDaemon(bin, dir, fmt.Sprintf("  max_memory = \"%dMiB\"", Budget), s.config("file://"+filepath.Join(dir, "objects")))
	if err != nil {
		return out, err
	}
	if err := d.Start(); err != nil {
		return out, err
	}
	defer d.Kill()
	start := time.Now()
	l := &load{scenario: s, url: d.URL(), limit: mb * 1e6}
	if err := l.run(ctx); err != nil {
		return out, fmt.Errorf("%w; daemon: %s", err, d.Tail(2000))
	}
	for i := range s.Streams {
		if _, err := d.WaitDrained(ctx, streamName(i), 1, 10*time.Minute); err != nil {
			return out, err
		}
	}
	out.Seconds, out.MB, out.Refused = time.Since(start).Seconds(), float64(l.accepted.Load())/1e6, l.refused.Load()
	if out.PeakRSS, err = harness.PeakRSS(d.PID()); err != nil {
		return out, err
	}
	return out, d.Stop()
}

func streamName(i int) string { return fmt.Sprintf("s%d", i) }

func (s Scenario) config(bucket string) string {
	var text string
	for i := range s.Streams {
		name := streamName(i)
		prefix, partition := name+"/", ""
		if s.Partitions > 0 {
			prefix = name + "/!{partitionKeyFromQuery:k}/"
			partition = fmt.Sprintf("  partition_by { jq = { k = \".user_id %% %d\" } }\n", s.Partitions)
		}
		text += fmt.Sprintf("delivery_stream %q {\n  source \"direct_put\" {}\n  buffer {\n    size     = %q\n    interval = \"5s\"\n  }\n%s%s"+
			"  destination \"s3\" {\n    bucket = %q\n    prefix = %q\n  }\n  error_sink \"s3\" {\n    bucket = %q\n    prefix = %q\n  }\n}\n\n",
			name, s.Buffer, partition, s.Format, bucket, prefix, bucket, "errors/"+name+"/!{firehose:error-output-type}/")
	}
	return text
}

// A load sends until enough was accepted.
type load struct {
	scenario Scenario
	url      string
	limit    int64 // bytes of records

	accepted, refused atomic.Int64
}

// A body is one request.
type body struct {
	json  []byte
	bytes int64 // of its records
}

func (l *load) run(ctx context.Context) error {
	bodies := make([]body, 8)
	for i := range bodies {
		bodies[i] = request(l.scenario.Body(i))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.scenario.Connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for i := range l.scenario.Connections {
		stream := streamName(i % l.scenario.Streams)
		wg.Go(func() {
			for n := i; l.accepted.Load() < l.limit && ctx.Err() == nil; n++ {
				if err := l.send(ctx, client, stream, bodies[n%len(bodies)]); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// request makes the body of a PutRecordBatch without the stream's name.
func request(records [][]byte) body {
	var out body
	out.json = append(out.json, `"Records":[`...)
	for i, r := range records {
		if i > 0 {
			out.json = append(out.json, ',')
		}
		out.json = append(out.json, `{"Data":"`...)
		out.json = base64.StdEncoding.AppendEncode(out.json, r)
		out.json = append(out.json, `"}`...)
		out.bytes += int64(len(r))
	}
	out.json = append(out.json, `]}`...)
	return out
}

func (l *load) send(ctx context.Context, client *http.Client, stream string, b body) error {
	head := fmt.Sprintf(`{"DeliveryStreamName":%q,`, stream)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, io.MultiReader(bytes.NewReader([]byte(head)), bytes.NewReader(b.json)))
	if err != nil {
		return fmt.Errorf("pressure: %w", err)
	}
	req.ContentLength = int64(len(head) + len(b.json))
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Firehose_20150804.PutRecordBatch")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("pressure: send: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return fmt.Errorf("pressure: answer: %w", err)
	case resp.StatusCode == http.StatusOK:
		l.accepted.Add(b.bytes)
		return nil
	case resp.StatusCode == http.StatusServiceUnavailable:
		l.refused.Add(1)
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
		return nil
	}
	return fmt.Errorf("pressure: %s: %.300s", resp.Status, answer)
}
