package main

import (
	"fmt"
	"os"
	"time"

	"hydrant/integration/harness"
	"hydrant/integration/rows"
)

// The load of the outage: what comes in while the backlog drains, in MB a
// second, and ten minutes of it, scaled so that a run of the benchmark ends.
const (
	drainRate   = 20
	outageMB    = 1500 // in place of 600 s x drainRate
	drainFactor = 3    // how many times faster than the load the backlog has to drain
)

// A Drain is what became of a backlog.
type Drain struct {
	BacklogMB float64
	Seconds   float64 // from the store's return until the backlog was gone
	Incoming  float64 // MB/s meanwhile
	Rate      float64 // MB/s delivered meanwhile
	Times     float64 // Rate by Incoming
	Segments  int64   // of the backlog
	Objects   int     // that it and what came meanwhile became
	Target    int64   // largest batch_target seen, bytes
	Workers   int     // most workers seen
	PeakRSS   float64 // MiB
	P99       float64 // ms, of answers meanwhile
}

// drain lets a backlog grow while the store is away, and measures how fast it
// goes while records still come in.
func (b *bench) drain() (out Drain, err error) {
	dir, err := os.MkdirTemp(b.dir, "drain-")
	if err != nil {
		return out, fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	s3, err := harness.StartS3(dir)
	if err != nil {
		return out, err
	}
	defer func() { s3.Kill() }()
	if err := s3.MakeBucket(b.ctx, "lake"); err != nil {
		return out, err
	}
	d, err := b.start(dir, "16MiB", "5s", s3Where(s3), "  max_memory = \"256MiB\"\n")
	if err != nil {
		return out, err
	}
	defer d.Kill()
	s3.Kill()
	var fill Load
	if err := b.load(d, outageMB, 0, &fill); err != nil {
		return out, err
	}
	if err := s3.Restart(); err != nil {
		return out, err
	}
	if err := b.watchDrain(d, fill, &out); err != nil {
		return out, err
	}
	if out.PeakRSS, err = harness.PeakRSS(d.PID()); err != nil {
		return out, err
	}
	objects, err := s3.Keys(b.ctx, "lake", "web/")
	out.Objects = len(objects)
	return out, err
}

// watchDrain sends at drainRate until what filled the backlog is delivered.
func (b *bench) watchDrain(d *harness.Daemon, fill Load, out *Drain) error {
	var during Load
	sent := make(chan error, 1)
	const seconds = 60
	go func() { sent <- b.load(d, drainRate*seconds, drainRate, &during) }()
	first, err := d.Status(b.ctx)
	if err != nil {
		return err
	}
	start, before := time.Now(), first["web"]
	s, err := d.WaitStatus(b.ctx, "web", 10*time.Minute, func(s harness.StreamStatus) bool {
		out.Target, out.Workers = max(out.Target, s.BatchTarget), max(out.Workers, s.Workers)
		return s.Records.Delivered >= fill.Records
	})
	if err != nil {
		return err
	}
	out.Seconds = time.Since(start).Seconds()
	mb := func(bytes int64) float64 { return float64(bytes) / 1e6 }
	out.BacklogMB, out.Segments = mb(before.Bytes.Pending), before.PendingSegments
	out.Rate = mb(s.Bytes.Delivered-before.Bytes.Delivered) / out.Seconds
	out.Incoming = mb(s.Bytes.In-before.Bytes.In) / out.Seconds
	out.Times = out.Rate / drainRate
	if err := <-sent; err != nil {
		return err
	}
	out.P99 = during.P99
	if during.Errors+fill.Errors > 0 {
		return fmt.Errorf("bench: drain: %d errors: %q %q", during.Errors+fill.Errors, fill.FirstErrs, during.FirstErrs)
	}
	_, err = d.WaitDrained(b.ctx, "web", fill.Records+during.Records, 5*time.Minute)
	return err
}

func s3Where(s3 *harness.S3) string {
	return fmt.Sprintf("bucket = \"lake\"\n    endpoint = %q\n    region = \"us-east-1\"\n    access_key = %q\n    secret_key = env(\"S3_SECRET\")", s3.Endpoint(), harness.S3AccessKey)
}

// start starts a daemon with one stream of rows to Parquet.
func (b *bench) start(dir, size, interval, where, server string) (*harness.Daemon, error) {
	d, err := b.prepare(dir, size, interval, where, server)
	if err != nil {
		return nil, err
	}
	return d, d.Start()
}

// prepare writes the configuration of such a daemon.
func (b *bench) prepare(dir, size, interval, where, server string) (*harness.Daemon, error) {
	streams := fmt.Sprintf("delivery_stream \"web\" {\n  source \"direct_put\" {}\n  buffer {\n    size = %q\n    interval = %q\n  }\n%s  format \"parquet\" { compression = \"snappy\" }\n"+
		"  destination \"s3\" {\n    %s\n    prefix = \"web/\"\n  }\n  error_sink \"s3\" {\n    %s\n    prefix = \"errors/\"\n  }\n}\n", size, interval, rows.Schema, where, where)
	d, err := harness.NewDaemon(b.program, dir, server, streams)
	if err != nil {
		return nil, err
	}
	d.Env = []string{"S3_SECRET=" + harness.S3SecretKey}
	return d, nil
}
