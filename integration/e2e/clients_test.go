package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"hydrant/integration/harness"
)

const (
	apiKey    = "AKIDHYDRANTTEST"
	apiSecret = "a-secret-of-the-test/with+signs"
)

const flightsSchema = `  schema {
    column "date"        { type = "string" }
    column "delay"       { type = "int" }
    column "distance"    { type = "bigint" }
    column "origin"      { type = "string" }
    column "destination" { type = "string" }
  }
`

func parquetOf(compression string) string {
	return fmt.Sprintf("  format \"parquet\" { compression = %q }\n", compression)
}

// A client sends lines to a stream with somebody else's program.
type client struct {
	name        string
	compression string // of the stream that it sends to
	lines       int    // that it sends
	send        func(t *testing.T, d *harness.Daemon, key, secret, stream string, lines [][]byte)
}

var clients = []client{
	{"go_sdk", "snappy", 5000, sendWithGoSDK},
	{"boto3", "gzip", 5000, sendWithBoto3},
	{"aws_cli", "zstd", 1200, sendWithCLI},
	{"http", "none", 5000, sendWithHTTP},
}

func sendWithGoSDK(t *testing.T, d *harness.Daemon, key, secret, stream string, lines [][]byte) {
	if err := harness.Put(t.Context(), d.Firehose(key, secret), stream, lines); err != nil {
		t.Fatal(err)
	}
}

func sendWithBoto3(t *testing.T, d *harness.Daemon, key, secret, stream string, lines [][]byte) {
	need(t, harness.Python)
	file := writeFile(t, "lines", string(bytes.Join(lines, nil)))
	var answer struct {
		Sent, Failed int
		Status, Name string
		Streams      []string
	}
	if err := harness.Script(t.Context(), &answer, "put_boto3.py", d.URL(), key, secret, stream, file); err != nil {
		t.Fatal(err)
	}
	if answer.Sent != len(lines) || answer.Failed != 0 {
		t.Errorf("boto3 sent %d with %d failed, want %d with none", answer.Sent, answer.Failed, len(lines))
	}
	if answer.Status != "ACTIVE" || answer.Name != stream || !slices.Contains(answer.Streams, stream) {
		t.Errorf("boto3 sees stream %q, %s, in %q; want %q, ACTIVE, listed", answer.Name, answer.Status, answer.Streams, stream)
	}
}

func sendWithCLI(t *testing.T, d *harness.Daemon, key, secret, stream string, lines [][]byte) {
	awsCLI(t, d, key, secret, "put-record", "--delivery-stream-name", stream, "--record", "file://"+writeFile(t, "record.json", cliRecord(lines[0])))
	for batch := range slices.Chunk(lines[1:], 500) {
		var records []string
		for _, line := range batch {
			records = append(records, cliRecord(line))
		}
		file := writeFile(t, "records.json", "["+strings.Join(records, ",")+"]")
		out := awsCLI(t, d, key, secret, "put-record-batch", "--delivery-stream-name", stream, "--records", "file://"+file)
		var answer struct{ FailedPutCount *int }
		if err := json.Unmarshal(out, &answer); err != nil || answer.FailedPutCount == nil || *answer.FailedPutCount != 0 {
			t.Fatalf("aws firehose put-record-batch: %v: %.500s", err, out)
		}
	}
}

// cliRecord is a record as version 1 of the AWS CLI takes it: text, not
// base64.
func cliRecord(line []byte) string {
	b, err := json.Marshal(map[string]string{"Data": string(line)})
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}

func awsCLI(t *testing.T, d *harness.Daemon, key, secret string, args ...string) []byte {
	t.Helper()
	need(t, harness.Python)
	aws, err := harness.PythonProgram("aws")
	if err != nil {
		t.Fatal(err)
	}
	common := []string{"--endpoint-url", d.URL(), "--output", "json", "firehose"}
	if key == "unsigned" {
		common = append([]string{"--no-sign-request"}, common...)
	}
	cmd := exec.CommandContext(t.Context(), aws, append(common, args...)...)
	cmd.Env = append(cmd.Environ(), append(harness.ClientEnv(), "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// sendWithHTTP posts NDJSON, which has no signature.
func sendWithHTTP(t *testing.T, d *harness.Daemon, _, _, stream string, lines [][]byte) {
	status, answer, err := d.PostLines(t.Context(), stream, bytes.Join(lines, nil), nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("post lines: %d, %v: %s", status, err, answer)
	}
}

func TestEveryClientsRecordsAreReadBackFromParquetOnS3(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, "lake", "lake-errors")
	lines := readLines(t, repoFile(t, "integration/testdata/flights.ndjson"))
	for _, access := range []struct{ name, server, key, secret string }{
		{"signed", fmt.Sprintf("  access_key %q { secret = env(\"API_SECRET\") }\n", apiKey), apiKey, apiSecret},
		{"without_keys_any_signature_is_taken", "", "anything", "whatever"},
		{"without_keys_unsigned_is_taken", "", "unsigned", "unsigned"},
	} {
		t.Run(access.name, func(t *testing.T) {
			var streams strings.Builder
			for _, c := range clients {
				name := access.name + "_" + c.name
				streams.WriteString(stream(name, flightsSchema+parquetOf(c.compression), s3Sink(s3, "lake"), s3Sink(s3, "lake-errors")))
			}
			d := newDaemon(t, access.server, streams.String())
			d.Env = append(d.Env, "API_SECRET="+apiSecret)
			start(t, d)
			for _, c := range clients {
				if access.server != "" && c.name == "http" {
					continue // it can't sign
				}
				t.Run(c.name, func(t *testing.T) {
					name, lines := access.name+"_"+c.name, lines[:c.lines]
					c.send(t, d, access.key, access.secret, name, lines)
					status := drained(t, d, name, int64(len(lines)))
					if status.Records.Delivered != int64(len(lines)) {
						t.Errorf("delivered %d, want %d", status.Records.Delivered, len(lines))
					}
					files := objects(t, s3, s3Sink(s3, "lake"), name+"/")
					got := compareRows(t, writeFile(t, "expected.ndjson", expectLines(lines)), files)
					if want := []string{"date", "delay", "distance", "origin", "destination"}; !slices.Equal(got.Order, want) {
						t.Errorf("columns %q, want the schema's order %q", got.Order, want)
					}
					if want := codecName(c.compression); !slices.Equal(got.Codecs, []string{want}) {
						t.Errorf("compression %q, want %q", got.Codecs, want)
					}
				})
			}
			if err := d.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// codecName is what Parquet's own metadata calls a compression.
func codecName(compression string) string {
	if compression == "none" {
		return "UNCOMPRESSED"
	}
	return strings.ToUpper(compression)
}

func TestAWrongSignatureIsRefusedAndNothingIsAccepted(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	streams := stream("open", "  format \"json\" {}\n", out, out) + stream("other", "  format \"json\" {}\n", out, out)
	d := newDaemon(t, fmt.Sprintf("  access_key %q {\n    secret  = env(\"API_SECRET\")\n    streams = [\"open*\"]\n  }\n", apiKey), streams)
	d.Env = append(d.Env, "API_SECRET="+apiSecret)
	start(t, d)
	for _, c := range []struct{ name, key, secret, stream, want string }{
		{"wrong secret", apiKey, "wrong", "open", "InvalidSignatureException"},
		{"unknown key", "AKIDNOBODY", apiSecret, "open", "UnrecognizedClientException"},
		{"stream outside of the key's patterns", apiKey, apiSecret, "other", "AccessDeniedException"},
	} {
		err := harness.PutOne(t.Context(), d.Firehose(c.key, c.secret), c.stream, []byte("{}\n"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	status, answer, err := d.PostLines(t.Context(), "open", []byte("{}\n"), nil)
	if err != nil || status < 400 || status > 499 {
		t.Errorf("unsigned: got %d, %v: %s; want a 4xx", status, err, answer)
	}
	assertNothingIn(t, d, "open", "other")
	if err := harness.PutOne(t.Context(), d.Firehose(apiKey, apiSecret), "open", []byte("{}\n")); err != nil {
		t.Errorf("the right signature: %v", err)
	}
	drained(t, d, "open", 1)
}

func assertNothingIn(t *testing.T, d *harness.Daemon, streams ...string) {
	t.Helper()
	status, err := d.Status(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range streams {
		if in := status[name].Records.In; in != 0 {
			t.Errorf("stream %s: %d records in, want none", name, in)
		}
	}
}
