package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hydrant/integration/harness"
)

func TestOneStreamsBacklogLeavesTheDiskToOthers(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, "lake-errors") // the bucket "lake" is missing
	onDisk := fileSink(t.TempDir())
	greedy := stream("greedy", "  format \"json\" {}\n", s3Sink(s3, "lake"), s3Sink(s3, "lake-errors"))
	greedy = strings.Replace(greedy, "buffer {\n", "buffer {\n    max_disk = \"64MiB\"\n", 1)
	d := startDaemon(t, "  max_disk = \"200MiB\"\n", greedy+stream("modest", "  format \"json\" {}\n", onDisk, onDisk))
	accepted := fillUp(t, d, "greedy", 100<<20)

	line := `{"text":"` + strings.Repeat("x", 1_000_000) + "\"}\n"
	resp, err := http.Post(d.URL()+"/v1/streams/greedy/records", "application/x-ndjson", strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("NDJSON to the full stream: %s with Retry-After %q, want 503 with one", resp.Status, resp.Header.Get("Retry-After"))
	}
	for range 20 { // the other stream has the rest of server.max_disk
		if err := harness.PutOne(t.Context(), d.Firehose("any", "any"), "modest", []byte(line)); err != nil {
			t.Fatalf("the other stream refused a record: %v", err)
		}
	}
	drained(t, d, "modest", 20)
	if err := s3.MakeBucket(t.Context(), "lake"); err != nil {
		t.Fatal(err)
	}
	if s := drained(t, d, "greedy", accepted); s.Records.Delivered != accepted {
		t.Errorf("delivered %d, want all %d that were accepted", s.Records.Delivered, accepted)
	}
}

// A small disk fills up under load and nothing is done about it but that the
// store comes back: records are refused before they are accepted, all that
// was accepted is delivered, and then records are taken again.
func TestADiskThatFilledUpUnderLoadResumesByItself(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "size=96m")
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
	accepted := fillTogether(t, d, "full", 8, 200)
	if s := statusOf(t, d)["full"]; s.Records.In != accepted || s.Records.Pending != accepted {
		t.Errorf("%+v, want the %d that were accepted in and pending", s.Records, accepted)
	}
	if err := s3.MakeBucket(t.Context(), "lake"); err != nil {
		t.Fatal(err)
	}
	if s := drained(t, d, "full", accepted); s.Records.Delivered != accepted {
		t.Errorf("delivered %d, want all %d that were accepted", s.Records.Delivered, accepted)
	}
	if got := len(lines(t, objects(t, s3, to, "full/"))); int64(got) != accepted {
		t.Errorf("%d lines in the bucket, want %d", got, accepted)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		err := harness.PutOne(t.Context(), d.Firehose("any", "any"), "full", []byte("{}\n"))
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after all was delivered: %v, want room again", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	drained(t, d, "full", accepted+1)
}

// fillTogether sends records of 500 KB on several connections until each is
// refused, and returns how many were accepted.
func fillTogether(t *testing.T, d *harness.Daemon, stream string, connections, most int) int64 {
	t.Helper()
	var accepted atomic.Int64
	var wg sync.WaitGroup
	for c := range connections {
		wg.Go(func() {
			data := fmt.Appendf(nil, "{\"c\":%d,\"text\":\"%s\"}\n", c, strings.Repeat("x", 500_000))
			for range most {
				err := harness.PutOne(t.Context(), d.Firehose("any", "any"), stream, data)
				if err == nil {
					accepted.Add(1)
					continue
				}
				if !strings.Contains(err.Error(), "ServiceUnavailableException") {
					t.Errorf("refused with %v, want ServiceUnavailableException", err)
				}
				return
			}
			t.Errorf("%d records of 500 KB were accepted on one connection, want a refusal", most)
		})
	}
	wg.Wait()
	return accepted.Load()
}
