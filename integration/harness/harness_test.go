package harness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestAnS3ServerKeepsItsObjectsThroughAKill(t *testing.T) {
	s, err := StartS3(t.TempDir())
	if missing := (*MissingError)(nil); errors.As(err, &missing) {
		t.Skipf("skipped part: %v", missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Kill() }()
	if err := s.MakeBucket(t.Context(), "bucket"); err != nil {
		t.Fatal(err)
	}
	bucket, key := "bucket", "k/1"
	if _, err := s.Client().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("hello")}); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if _, err := s.Keys(t.Context(), bucket, ""); err == nil {
		t.Error("a killed server still answers")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	files, err := s.Download(t.Context(), bucket, "", t.TempDir())
	if err != nil || len(files) != 1 {
		t.Fatalf("objects %q, %v; want one", files, err)
	}
	if b, err := os.ReadFile(files[0]); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v; want hello", b, err)
	}
}

func TestAProcessThatDoesNotEndIsKilledAndReported(t *testing.T) {
	dir := t.TempDir()
	p, err := startProcess(dir, filepath.Join(dir, "log"), nil, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
	if err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(p.Tail(100), "ready") {
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := p.Terminate(500 * time.Millisecond); err == nil {
		t.Error("no error of a process that ignores SIGTERM")
	}
	select {
	case <-p.Exited():
	default:
		t.Error("it still runs")
	}
}

func TestAProcessThatDiesBeforeItIsReadyIsReportedWithItsOutput(t *testing.T) {
	dir := t.TempDir()
	p, err := startProcess(dir, filepath.Join(dir, "log"), nil, "sh", "-c", "echo the reason; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	err = p.waitReady("http://127.0.0.1:1/", func(int) bool { return true })
	if err == nil || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("got %v, want the reason", err)
	}
	if code, err := p.Wait(time.Second); code != 3 || err != nil {
		t.Errorf("exit code %d, %v; want 3", code, err)
	}
}

func TestBatchesKeepTheLimitsOfPutRecordBatch(t *testing.T) {
	var records [][]byte
	for n := range 1300 {
		records = append(records, make([]byte, 1+n*5))
	}
	records = append(records, make([]byte, 1<<20), make([]byte, 1<<20), make([]byte, 1<<20))
	total := 0
	for i, batch := range Batches(records) {
		size := 0
		for _, r := range batch {
			size += len(r)
		}
		if len(batch) == 0 || len(batch) > 500 || size > 2<<20 {
			t.Errorf("batch %d: %d records of %d bytes", i, len(batch), size)
		}
		total += len(batch)
	}
	if total != len(records) {
		t.Errorf("%d records in batches, want %d", total, len(records))
	}
}
