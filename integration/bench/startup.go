package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"hydrant/buffer"
	"hydrant/integration/harness"
)

// A Startup is how a daemon comes up with a backlog.
type Startup struct {
	BacklogMB float64
	Segments  int64
	FirstMS   float64 // from the start of the process until its first append was acknowledged
	PeakRSS   float64 // MiB, after some seconds of work on the backlog
}

// startup fills a log with mb MB and starts a daemon on it whose store can't
// be reached.
func (b *bench) startup(mb int64) (out Startup, err error) {
	dir, err := os.MkdirTemp(b.dir, "startup-")
	if err != nil {
		return out, fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	nobody, err := harness.FreePort()
	if err != nil {
		return out, err
	}
	where := fmt.Sprintf("bucket = \"lake\"\n    endpoint = \"http://%s\"\n    region = \"us-east-1\"\n    access_key = \"a\"\n    secret_key = env(\"S3_SECRET\")", nobody)
	d, err := b.prepare(dir, "64MiB", "5s", where, "  max_memory = \"256MiB\"\n")
	if err != nil {
		return out, err
	}
	if err := fillLog(b.ctx, path.Join(filepath.ToSlash(d.DataDir()), "streams", "web", "log"), mb*1e6); err != nil {
		return out, err
	}
	start := time.Now()
	if err := d.Launch(); err != nil {
		return out, err
	}
	defer d.Kill()
	if err := firstAppend(d, start.Add(30*time.Second)); err != nil {
		return out, err
	}
	out.FirstMS = float64(time.Since(start).Microseconds()) / 1000
	time.Sleep(5 * time.Second)
	status, err := d.Status(b.ctx)
	if err != nil {
		return out, err
	}
	out.BacklogMB, out.Segments = float64(status["web"].Bytes.Pending)/1e6, status["web"].PendingSegments
	out.PeakRSS, err = harness.PeakRSS(d.PID())
	return out, err
}

// fillLog appends size bytes of records to the log in dir.
func fillLog(ctx context.Context, dir string, size int64) error {
	l, err := buffer.Open(buffer.RealFS(), dir, buffer.Options{Size: 64 << 20, Interval: time.Hour, Async: true, Consumers: []string{"s3"}})
	if err != nil {
		return fmt.Errorf("bench: fill: %w", err)
	}
	f := buffer.NewFrame(4 << 20)
	row := []byte(`{"id":"` + strings.Repeat("0", 300) + `","ts":1}` + "\n")
	for f.Bytes() < 3<<20 {
		f.Add(row)
	}
	for n := int64(0); n < size && err == nil; n += f.Bytes() {
		_, err = l.Append(ctx, f)
	}
	if err := errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("bench: fill: %w", err)
	}
	return nil
}

// firstAppend sends one record as often as it takes until it is acknowledged.
func firstAppend(d *harness.Daemon, deadline time.Time) error {
	var last error
	for time.Now().Before(deadline) {
		resp, err := http.Post(d.URL()+"/v1/streams/web/records", "application/x-ndjson", bytes.NewReader([]byte(`{"id":"first"}`+"\n")))
		if err == nil {
			last = errors.Join(fmt.Errorf("bench: first append: %s", resp.Status), resp.Body.Close())
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		} else {
			last = err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return last
}
