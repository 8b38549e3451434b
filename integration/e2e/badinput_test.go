package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"

	"hydrant/integration/harness"
)

func TestRecordsThatAreNoRowsAreArchivedAndTheirNeighboursDelivered(t *testing.T) {
	t.Parallel()
	need(t, harness.Python)
	out := fileSink(t.TempDir())
	d := startDaemon(t, "", stream("bad", loadSchema+parquetOf("snappy"), out, out))
	bad := map[string][]byte{
		"invalid UTF-8":        []byte("{\"id\":\"\xff\xfe\",\"n\":1}\n"),
		"NUL between":          []byte("{\"id\":\"x\",\x00\"n\":1}\n"),
		"1 MB of brackets":     bytes.Repeat([]byte("["), 1_000_000),
		"deep objects":         bytes.Repeat([]byte(`{"id":`), 150_000),
		"number of 400 digits": []byte(`{"id":"x","n":` + strings.Repeat("9", 400) + "}\n"),
		"wrong type":           []byte(`{"id":"x","n":"twelve"}` + "\n"),
		"empty record":         []byte("\n"),
		"only spaces":          []byte("   \t\n"),
		"primitive":            []byte("42\n"),
		"cut off":              []byte(`{"id":"x","n":`),
		"text":                 []byte("hello, world\n"),
	}
	good := [][]byte{[]byte(`{"id":"first","n":1,"text":"a"}` + "\n"), []byte(`{"id":"last","n":2,"text":"b"}` + "\n")}
	sent := [][]byte{good[0]}
	for _, b := range bad {
		sent = append(sent, b)
	}
	sent = append(sent, good[1])
	if err := harness.Put(t.Context(), d.Firehose("any", "any"), "bad", sent); err != nil {
		t.Fatal(err)
	}
	s := drained(t, d, "bad", int64(len(sent)))
	entries := archive(t, nil, out, "bad")
	for name, want := range bad {
		if !slices.ContainsFunc(entries, func(a archived) bool { return bytes.Equal(bytes.TrimSpace(a.RawData), bytes.TrimSpace(want)) }) {
			t.Errorf("%s: not in the archive with its raw data", name)
		}
	}
	if s.Records.Delivered != int64(len(good)) || s.Records.Archived != int64(len(bad)) || len(entries) != len(bad) {
		t.Errorf("ledger %+v and %d entries, want %d delivered and %d archived", s.Records, len(entries), len(good), len(bad))
	}
	compareRows(t, writeFile(t, "expected.ndjson", expectLines(good)), objects(t, nil, out, "bad/"))
}

func TestADuplicateKeyIsDecidedAndNotLost(t *testing.T) {
	t.Parallel()
	need(t, harness.Python)
	out := fileSink(t.TempDir())
	d := startDaemon(t, "", stream("twice", loadSchema+parquetOf("snappy"), out, out))
	if err := harness.Put(t.Context(), d.Firehose("any", "any"), "twice", [][]byte{[]byte(`{"id":"x","n":1,"n":2}` + "\n")}); err != nil {
		t.Fatal(err)
	}
	s := drained(t, d, "twice", 1)
	if s.Records.Delivered+s.Records.Archived != 1 {
		t.Errorf("ledger %+v, want one delivered or archived", s.Records)
	}
}

func TestRequestsThatAreWrongAreRefusedWhole(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	d := startDaemon(t, "", stream("good", "  format \"json\" {}\n", out, out))
	client := d.Firehose("any", "any")
	name := "good"
	put := func(stream string, data []byte) func() error {
		return func() error { return harness.PutOne(t.Context(), client, stream, data) }
	}
	batch := func(n int, data []byte) func() error {
		return func() error {
			in := &firehose.PutRecordBatchInput{DeliveryStreamName: &name, Records: []types.Record{}}
			for range n {
				in.Records = append(in.Records, types.Record{Data: data})
			}
			_, err := client.PutRecordBatch(t.Context(), in)
			return err
		}
	}
	for _, c := range []struct {
		name, want string
		send       func() error
	}{
		{"unknown stream", "ResourceNotFoundException", put("nobody", []byte("{}\n"))},
		{"record over 1,000 KiB", "ValidationException", put("good", make([]byte, 1_024_001))},
		{"501 records", "ValidationException", batch(501, []byte("{}\n"))},
		{"no records", "ValidationException", batch(0, nil)},
		{"over 4 MiB", "InvalidArgumentException", batch(5, make([]byte, 900_000))},
		{"another operation", "", func() error {
			_, err := client.DeleteDeliveryStream(t.Context(), &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: &name})
			if err != nil && strings.Contains(err.Error(), "StatusCode: 500") {
				t.Errorf("another operation: %v, want no 500", err)
			}
			return err
		}},
	} {
		if err := c.send(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	assertNothingIn(t, d, "good")
}

func TestBodiesThatLieAreRefusedWhole(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	d := startDaemon(t, "  body_timeout = \"2s\"\n", stream("good", "  format \"json\" {}\n", out, out))
	rows := bytes.Repeat([]byte(`{"id":"x"}`+"\n"), 5000)
	for _, c := range []struct {
		name    string
		request []byte
	}{
		{"truncated gzip", httpRequest(len(packed(t, rows))-20, "Content-Encoding: gzip\r\n", packed(t, rows)[:len(packed(t, rows))-20])},
		{"gzip that is none", httpRequest(len(rows), "Content-Encoding: gzip\r\n", rows)},
		{"Content-Length too long", httpRequest(len(rows)+5000, "", rows)},
		{"Content-Length negative", httpRequest(-1, "", rows)},
		{"two Content-Lengths", httpRequest(len(rows), "Content-Length: 7\r\n", rows)},
		{"an encoding that is unknown", httpRequest(len(rows), "Content-Encoding: lzma\r\n", rows)},
	} {
		if status := sendRaw(t, d, c.request); status != 0 && (status < 400 || status > 499) {
			t.Errorf("%s: answered %d, want a 4xx or a closed connection", c.name, status)
		}
	}
	assertNothingIn(t, d, "good")
	if status := sendRaw(t, d, httpRequest(len(packed(t, rows)), "Content-Encoding: gzip\r\n", packed(t, rows))); status != http.StatusOK {
		t.Errorf("whole gzip: answered %d, want 200", status)
	}
	drained(t, d, "good", 5000)
}

func packed(t *testing.T, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// httpRequest is a request as bytes, so that its length can lie.
func httpRequest(length int, header string, body []byte) []byte {
	return append(fmt.Appendf(nil, "POST /v1/streams/good/records HTTP/1.1\r\nHost: hydrant\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n", length, header), body...)
}

// sendRaw writes bytes to the API and returns the status of the answer, or 0
// when the connection was closed without one.
func sendRaw(t *testing.T, d *harness.Daemon, request []byte) int {
	t.Helper()
	conn, err := net.Dial("tcp", d.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	// The daemon may answer and close before it has read all of this.
	_, _ = conn.Write(request)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func TestAFullBudgetRefusesAndKeepsWhatWasAccepted(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, "lake-errors") // the bucket "lake" is missing
	to := s3Sink(s3, "lake")
	d := startDaemon(t, "  max_disk = \"64MiB\"\n", stream("full", "  format \"json\" {}\n", to, s3Sink(s3, "lake-errors")))
	accepted := fillUp(t, d, "full", 100<<20)
	if accepted < 20 {
		t.Errorf("%d records of 1 MB were accepted with a budget of 64 MiB", accepted)
	}
	if err := s3.MakeBucket(t.Context(), "lake"); err != nil {
		t.Fatal(err)
	}
	s := drained(t, d, "full", accepted)
	if s.Records.Delivered != accepted {
		t.Errorf("delivered %d, want all %d that were accepted", s.Records.Delivered, accepted)
	}
	if got := len(lines(t, objects(t, s3, to, "full/"))); int64(got) != accepted {
		t.Errorf("%d lines in the bucket, want %d", got, accepted)
	}
	if err := harness.PutOne(t.Context(), d.Firehose("any", "any"), "full", []byte("{}\n")); err != nil {
		t.Errorf("after it was delivered: %v, want room again", err)
	}
}

// fillUp sends records of about 1 MB until one is refused, and returns how
// many were accepted. It fails when limit bytes were all accepted, or when the
// refusal is not a ServiceUnavailableException.
func fillUp(t *testing.T, d *harness.Daemon, stream string, limit int) (accepted int64) {
	t.Helper()
	client := d.Firehose("any", "any")
	data := fmt.Appendf(nil, "{\"text\":\"%s\"}\n", bytes.Repeat([]byte("x"), 1_000_000))
	in := &firehose.PutRecordInput{DeliveryStreamName: &stream, Record: &types.Record{Data: data}}
	for sent := 0; sent < limit; sent += len(data) {
		_, err := client.PutRecord(t.Context(), in, withoutRetries)
		if err == nil {
			accepted++
			continue
		}
		if !strings.Contains(err.Error(), "ServiceUnavailableException") {
			t.Errorf("refused with %v, want ServiceUnavailableException", err)
		}
		return accepted
	}
	t.Fatalf("%d bytes were accepted, want a refusal", limit)
	return 0
}

func TestAFullDiskRefusesAndKeepsWhatWasAccepted(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "size=24m")
	s3 := startS3(t, "lake-errors")
	to := s3Sink(s3, "lake")
	d := newDaemon(t, "", "")
	if err := os.Symlink(disk, d.DataDir()); err != nil {
		t.Fatal(err)
	}
	if err := d.Configure("", stream("full", "  format \"json\" {}\n", to, s3Sink(s3, "lake-errors"))); err != nil {
		t.Fatal(err)
	}
	start(t, d)
	accepted := fillUp(t, d, "full", 60<<20)
	s := statusOf(t, d)["full"]
	if s.Records.In != accepted {
		t.Errorf("%d in, want the %d that were accepted", s.Records.In, accepted)
	}
	d.Kill() // and what was accepted survives that too
	remount(t, disk, "size=200m")
	start(t, d)
	if err := s3.MakeBucket(t.Context(), "lake"); err != nil {
		t.Fatal(err)
	}
	if s := drained(t, d, "full", accepted); s.Records.Delivered != accepted {
		t.Errorf("delivered %d, want all %d that were accepted", s.Records.Delivered, accepted)
	}
	if got := len(lines(t, objects(t, s3, to, "full/"))); int64(got) != accepted {
		t.Errorf("%d lines in the bucket, want %d", got, accepted)
	}
}

func TestAReadOnlyDataDirIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "size=4m")
	out := fileSink(t.TempDir())
	d := newDaemon(t, "", stream("any", "  format \"json\" {}\n", out, out))
	if err := os.Symlink(disk, d.DataDir()); err != nil {
		t.Fatal(err)
	}
	remount(t, disk, "ro")
	if err := d.Launch(); err != nil {
		t.Fatal(err)
	}
	code, err := d.Wait(30 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if log := d.Tail(4000); code == 0 || !strings.Contains(log, "read-only") || !strings.Contains(log, filepath.Base(d.DataDir())) {
		t.Errorf("exit code %d, want a failure that names the folder and says read-only: %s", code, log)
	}
}

func TestWrongCredentialsLoseNothingAndCanBeCorrected(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, "lake", "lake-errors")
	to := s3Sink(s3, "lake")
	d := newDaemon(t, "", stream("locked_out", "  format \"json\" {}\n", to, s3Sink(s3, "lake-errors")))
	right := d.Env
	d.Env = []string{"AWS_ACCESS_KEY_ID=" + harness.S3AccessKey, "AWS_SECRET_ACCESS_KEY=not-this-one"}
	start(t, d)
	if err := harness.Put(t.Context(), d.Firehose("any", "any"), "locked_out", slices.Repeat([][]byte{[]byte("{\"a\":1}\n")}, 100)); err != nil {
		t.Fatal(err)
	}
	s, err := d.WaitStatus(t.Context(), "locked_out", time.Minute, func(s harness.StreamStatus) bool {
		return lastError(s) != ""
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Records.Pending != 100 {
		t.Errorf("ledger %+v, want all 100 pending", s.Records)
	}
	if log := d.Tail(1 << 20); strings.Contains(log, "not-this-one") || strings.Contains(lastError(s), "not-this-one") {
		t.Errorf("the secret was printed: %s", log)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
	d.Env = right
	start(t, d)
	if s := drained(t, d, "locked_out", 100); s.Records.Delivered != 100 {
		t.Errorf("ledger %+v, want all 100 delivered", s.Records)
	}
	if got := len(lines(t, objects(t, s3, to, "locked_out/"))); got != 100 {
		t.Errorf("%d lines in the bucket, want 100", got)
	}
}
