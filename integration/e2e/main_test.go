// Package e2e tests the daemon as its users run it: a process, a config file,
// real clients, a real S3 server, and Parquet readers that others wrote.
package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hydrant/integration/harness"
)

// program is the daemon under test.
var program string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	_, noCompiler := exec.LookPath("gcc")
	race := noCompiler == nil
	if !race {
		// One test says so by name: TestTheDaemonRunsWithTheRaceDetector.
		fmt.Println("no C compiler: the daemon runs without the race detector")
	}
	if program, err = harness.Build(race); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func TestTheDaemonRunsWithTheRaceDetector(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		skip(t, "race detector", "needs a C compiler: "+err.Error())
	}
	if filepath.Base(program) != "hydrant-race" {
		t.Errorf("the tests run %s, want the build with the race detector", program)
	}
}

// skip ends a test which needs something that this machine does not have. The
// check program collects these lines and prints them at the end.
func skip(t *testing.T, part, reason string) {
	t.Helper()
	t.Skipf("skipped part: %s: %s", part, reason)
}

// need skips the test unless the parts were fetched.
func need(t *testing.T, parts ...harness.Part) {
	t.Helper()
	for _, part := range parts {
		_, err := part.Path()
		if missing := (*harness.MissingError)(nil); errors.As(err, &missing) {
			skip(t, part.Name, missing.Reason)
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// startS3 starts an S3 server with buckets for one test.
func startS3(t *testing.T, buckets ...string) *harness.S3 {
	t.Helper()
	need(t, harness.S3Server)
	s, err := harness.StartS3(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Resume(); s.Kill() })
	for _, bucket := range buckets {
		if err := s.MakeBucket(t.Context(), bucket); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// s3Env is the environment in which a daemon finds the S3 server's
// credentials by the SDK's default chain.
func s3Env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + harness.S3AccessKey, "AWS_SECRET_ACCESS_KEY=" + harness.S3SecretKey}
}

// newDaemon prepares a daemon that is killed when the test ends.
func newDaemon(t *testing.T, server, streams string) *harness.Daemon {
	t.Helper()
	d, err := harness.NewDaemon(program, t.TempDir(), server, streams)
	if err != nil {
		t.Fatal(err)
	}
	d.Env = s3Env()
	t.Cleanup(func() {
		if d.Process == nil {
			return
		}
		d.Kill()
		if t.Failed() {
			t.Logf("the daemon's log ends:\n%s", d.Tail(6000))
		}
	})
	return d
}

// start starts a daemon and fails the test when it does not become ready.
func start(t *testing.T, d *harness.Daemon) {
	t.Helper()
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
}

// startDaemon prepares and starts.
func startDaemon(t *testing.T, server, streams string) *harness.Daemon {
	t.Helper()
	d := newDaemon(t, server, streams)
	start(t, d)
	return d
}

// drained waits until n records went in and none is pending, and checks that
// the ledger balances.
func drained(t *testing.T, d *harness.Daemon, stream string, n int64) harness.StreamStatus {
	t.Helper()
	s, err := d.WaitDrained(t.Context(), stream, n, 90*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Records.Balanced() || !s.Bytes.Balanced() {
		t.Errorf("stream %s: in + split != delivered + archived + dropped + pending: records %+v, bytes %+v", stream, s.Records, s.Bytes)
	}
	if s.Records.In != n {
		t.Errorf("stream %s: %d records in, want %d", stream, s.Records.In, n)
	}
	return s
}

// A sink is where a stream of a test delivers to.
type sink struct{ bucket, endpoint string }

func s3Sink(s *harness.S3, bucket string) sink { return sink{bucket, s.Endpoint()} }

func fileSink(dir string) sink { return sink{bucket: "file://" + dir} }

func (s sink) block(typ, prefix string) string {
	endpoint := ""
	if s.endpoint != "" {
		endpoint = fmt.Sprintf("    endpoint = %q\n    region   = \"us-east-1\"\n", s.endpoint)
	}
	return fmt.Sprintf("  %s \"s3\" {\n    bucket   = %q\n    prefix   = %q\n%s  }\n", typ, s.bucket, prefix, endpoint)
}

// stream is a delivery_stream block with a buffer of 1 MiB and 1 s, body
// between, and data and errors under prefixes named after it.
func stream(name, body string, data, failed sink) string {
	return fmt.Sprintf("delivery_stream %q {\n  source \"direct_put\" {}\n  buffer {\n    size     = \"1MiB\"\n    interval = \"1s\"\n  }\n%s%s%s}\n\n",
		name, body,
		data.block("destination", name+"/dt=!{timestamp:yyyy-MM-dd}/"),
		failed.block("error_sink", "errors/"+name+"/!{firehose:error-output-type}/"))
}
