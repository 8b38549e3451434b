package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"hydrant/integration/harness"
	"hydrant/integration/pressure"
	"hydrant/integration/rows"
)

// A bench is one run of all measurements.
type bench struct {
	ctx              context.Context
	plan             plan
	root, dir        string
	program, loadgen string
	rows             string // file of rows for DuckDB; "" without Python
}

func (b *bench) close() { _ = os.RemoveAll(b.dir) }

// Results is what the report is made from.
type Results struct {
	Machine Machine
	Plan    plan
	File    []Path // one a round
	S3      []Path // empty without the S3 server
	DuckDB  []Conversion
	Steady  Path              // at a fixed rate
	Rate    int               // MB a second of Steady
	Memory  []Path            // one for each buffer size
	Peaks   []pressure.Result // one for each way to need memory
	Drain   *Drain            // nil without the S3 server
	Logs    []LogRound
	Half    Path // at half the rate of File
	Startup Startup
	HalfMB  int    // its rate
	Log     string // output of the log's own benchmark
	Skipped []string
}

// A Path is one measurement of the whole path.
type Path struct {
	Buffer    string // buffer.size
	Load      Load
	CPU       float64 // seconds of the daemon
	Delivered float64 // seconds from the first request until nothing was pending
	PeakRSS   float64 // MiB
	OutMB     float64 // of objects; 0 on S3
}

// PerCore is MB of record bytes for each CPU second of the daemon.
func (p Path) PerCore() float64 { return p.Load.MB / p.CPU }

// Wall is MB of record bytes a second until all was delivered.
func (p Path) Wall() float64 { return p.Load.MB / p.Delivered }

// Load is the load generator's report.
type Load struct {
	Requests  int64    `json:"requests"`
	Records   int64    `json:"records"`
	MB        float64  `json:"mb"`
	MBPerSec  float64  `json:"mb_per_second"`
	P50       float64  `json:"p50_ms"`
	P99       float64  `json:"p99_ms"`
	P999      float64  `json:"p999_ms"`
	Errors    int64    `json:"errors"`
	FirstErrs []string `json:"first_errors"`
}

// A Conversion is DuckDB's COPY of the same rows.
type Conversion struct {
	Version  string  `json:"version"`
	BytesIn  float64 `json:"bytes_in"`
	BytesOut float64 `json:"bytes_out"`
	CPU      float64 `json:"cpu_seconds"`
}

// PerCore is MB of rows for each CPU second.
func (c Conversion) PerCore() float64 { return c.BytesIn / 1e6 / c.CPU }

// steadyRate is what the daemon is sent where its latency below saturation is
// measured, in MB a second.
const steadyRate = 40

// measure runs everything. Parts that are missing are named in Skipped.
func (b *bench) measure() (*Results, error) {
	machine, err := describeMachine(b.dir)
	if err != nil {
		return nil, err
	}
	r := &Results{Machine: machine, Plan: b.plan, Rate: steadyRate}
	_, noS3 := harness.S3Server.Path()
	_, noPython := harness.Python.Path()
	r.Skipped = missing(noS3, noPython)
	if noPython == nil {
		if err := b.writeRows(); err != nil {
			return nil, err
		}
	}
	for n := range b.plan.Rounds {
		b.say("round %d of %d", n+1, b.plan.Rounds)
		if err := b.round(r, noS3 == nil, noPython == nil); err != nil {
			return nil, err
		}
	}
	if err := b.steady(r); err != nil {
		return nil, err
	}
	for _, measure := range []func(*Results) error{b.half, b.memory, b.peaks, b.logRounds} {
		if err := measure(r); err != nil {
			return nil, err
		}
	}
	if r.Startup, err = b.startup(10_000); err != nil {
		return nil, err
	}
	b.say("a backlog of %.0f MB: first append after %.0f ms, peak RSS %.0f MiB", r.Startup.BacklogMB, r.Startup.FirstMS, r.Startup.PeakRSS)
	if noS3 == nil {
		d, err := b.drain()
		if err != nil {
			return nil, err
		}
		b.say("drain: %.0f MB backlog, %.0f MB/s, %.1f times the load", d.BacklogMB, d.Rate, d.Times)
		r.Drain = &d
	}
	r.Log, err = b.logAlone()
	return r, err
}

func missing(errs ...error) []string {
	var names []string
	for _, err := range errs {
		if err != nil {
			names = append(names, err.Error())
		}
	}
	return names
}

func (b *bench) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// writeRows writes the rows that DuckDB converts: those of one round, as far
// as a file of 500 MB goes.
func (b *bench) writeRows() error {
	b.rows = filepath.Join(b.dir, "rows.ndjson")
	mb := min(b.plan.MB, 500)
	out, err := exec.CommandContext(b.ctx, b.loadgen, "-write", b.rows, "-mb", fmt.Sprint(mb)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("bench: write rows: %w: %s", err, out)
	}
	return nil
}

func (b *bench) round(r *Results, withS3, withDuckDB bool) error {
	p, err := b.toFile("64MiB", "1s", b.plan.MB, 0)
	if err != nil {
		return err
	}
	b.say("  file://    %6.1f MB per core-second, %6.1f MB/s, p99 %.1f ms, %.0f MiB", p.PerCore(), p.Wall(), p.Load.P99, p.PeakRSS)
	r.File = append(r.File, p)
	if withDuckDB {
		c, err := b.duckDB()
		if err != nil {
			return err
		}
		b.say("  DuckDB     %6.1f MB per core-second; ratio %.2f", c.PerCore(), p.PerCore()/c.PerCore())
		r.DuckDB = append(r.DuckDB, c)
	}
	if withS3 {
		p, err := b.toS3(b.plan.MB)
		if err != nil {
			return err
		}
		b.say("  versitygw  %6.1f MB per core-second, %6.1f MB/s, p99 %.1f ms, %.0f MiB", p.PerCore(), p.Wall(), p.Load.P99, p.PeakRSS)
		r.S3 = append(r.S3, p)
	}
	return nil
}

func (b *bench) steady(r *Results) (err error) {
	r.Steady, err = b.toFile("64MiB", "1s", min(b.plan.MB, steadyRate*30), steadyRate)
	b.say("at %d MB/s: p50 %.1f ms, p99 %.1f ms", steadyRate, r.Steady.Load.P50, r.Steady.Load.P99)
	return err
}

func (b *bench) memory(r *Results) error {
	for _, size := range []string{"8MiB", "64MiB", "512MiB"} {
		p, err := b.toFile(size, "30s", max(b.plan.MB, 1200), 0)
		if err != nil {
			return err
		}
		b.say("buffer.size %s: peak RSS %.0f MiB", size, p.PeakRSS)
		r.Memory = append(r.Memory, p)
	}
	return nil
}

func (b *bench) toFile(size, interval string, mb int64, rate float64) (Path, error) {
	objects := filepath.Join(b.dir, "objects")
	defer os.RemoveAll(objects)
	where := fmt.Sprintf("bucket = %q", "file://"+objects)
	p, err := b.path(size, interval, where, mb, rate)
	if err != nil {
		return p, err
	}
	p.OutMB, err = sizeOf(objects)
	return p, err
}

func (b *bench) toS3(mb int64) (Path, error) {
	dir, err := os.MkdirTemp(b.dir, "s3-")
	if err != nil {
		return Path{}, fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	s3, err := harness.StartS3(dir)
	if err != nil {
		return Path{}, err
	}
	defer s3.Kill()
	if err := s3.MakeBucket(b.ctx, "lake"); err != nil {
		return Path{}, err
	}
	return b.path("64MiB", "1s", s3Where(s3), mb, 0)
}

// path measures the daemon from the first request until nothing is pending.
func (b *bench) path(size, interval, where string, mb int64, rate float64) (Path, error) {
	dir, err := os.MkdirTemp(b.dir, "daemon-")
	if err != nil {
		return Path{}, fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	d, err := b.start(dir, size, interval, where, "")
	if err != nil {
		return Path{}, err
	}
	defer d.Kill()
	p, err := b.drive(d, mb, rate)
	if err != nil {
		return p, err
	}
	p.Buffer = size
	return p, d.Stop()
}

func (b *bench) drive(d *harness.Daemon, mb int64, rate float64) (Path, error) {
	var p Path
	before, err := cpuSeconds(d.PID())
	if err != nil {
		return p, err
	}
	start := time.Now()
	if err := b.load(d, mb, rate, &p.Load); err != nil {
		return p, err
	}
	status, err := d.WaitDrained(b.ctx, "web", p.Load.Records, 10*time.Minute)
	if err != nil {
		return p, err
	}
	p.Delivered = time.Since(start).Seconds()
	after, err := cpuSeconds(d.PID())
	if err != nil {
		return p, err
	}
	p.CPU = after - before
	if p.PeakRSS, err = harness.PeakRSS(d.PID()); err != nil {
		return p, err
	}
	if status.Records.Delivered != p.Load.Records || p.Load.Errors != 0 {
		return p, fmt.Errorf("bench: %d records sent with %d errors %q, %d delivered", p.Load.Records, p.Load.Errors, p.Load.FirstErrs, status.Records.Delivered)
	}
	return p, nil
}

func (b *bench) load(d *harness.Daemon, mb int64, rate float64, into *Load) error {
	cmd := exec.CommandContext(b.ctx, b.loadgen, "-url", d.URL(), "-mb", fmt.Sprint(mb), "-rate", fmt.Sprint(rate))
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return fmt.Errorf("bench: loadgen: %w", err)
	}
	return json.Unmarshal(out, into)
}

func (b *bench) duckDB() (Conversion, error) {
	var c Conversion
	out := filepath.Join(b.dir, "duckdb.parquet")
	defer os.Remove(out)
	return c, harness.Script(b.ctx, &c, "duckdb_copy.py", b.rows, out, rows.DuckDB)
}

var benchmarkLine = regexp.MustCompile(`(?m)^(Benchmark.*)$`)

// logAlone runs the log's own benchmark.
func (b *bench) logAlone() (string, error) {
	b.say("the log alone")
	cmd := exec.CommandContext(b.ctx, "go", "test", "-run", "^$", "-bench", "Append64", "-benchtime", "3s", "-count", "3", "./buffer")
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "TMPDIR="+b.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("bench: the log alone: %w: %s", err, out)
	}
	lines := benchmarkLine.FindAllString(string(out), -1)
	if len(lines) == 0 {
		return "", fmt.Errorf("bench: the log alone: no benchmark Append64: %s", out)
	}
	return strings.Join(lines, "\n"), nil
}

// median returns the median of a measurement's rounds, and its extremes.
func median[T any](of []T, value func(T) float64) (mid, low, high float64) {
	if len(of) == 0 {
		return 0, 0, 0
	}
	values := make([]float64, len(of))
	for i, v := range of {
		values[i] = value(v)
	}
	slices.Sort(values)
	return values[len(values)/2], values[0], values[len(values)-1]
}
