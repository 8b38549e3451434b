package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"hydrant/integration/pressure"
)

// A LogResult is what logbench says of one log.
type LogResult struct {
	MBPerSec  float64 `json:"mb_per_second"`
	MBPerCore float64 `json:"mb_per_core_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
}

// A LogRound is the logs measured in turns.
type LogRound struct{ One, Thousand, NATSBatch, NATS LogResult }

// A LogRow is one line of the report's table of logs.
type LogRow struct{ Name, MB, Core, P50, P99 string }

// logRounds measures the log alone beside NATS JetStream.
func (b *bench) logRounds(r *Results) error {
	program := filepath.Join(b.dir, "logbench")
	build := exec.CommandContext(b.ctx, "go", "build", "-o", program, "./logbench")
	build.Dir = filepath.Join(b.root, "integration")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("bench: build logbench: %w: %s", err, out)
	}
	for n := range b.plan.Rounds {
		b.say("the log alone, round %d of %d", n+1, b.plan.Rounds)
		var round LogRound
		err := errors.Join(
			b.oneLog(program, &round.One, "-log", "hydrant"),
			b.oneLog(program, &round.Thousand, "-log", "hydrant", "-logs", "1000"),
			b.oneLog(program, &round.NATSBatch, "-log", "nats-batch"),
			b.oneLog(program, &round.NATS, "-log", "nats", "-time", "1s"))
		if err != nil {
			return err
		}
		r.Logs = append(r.Logs, round)
	}
	return nil
}

func (b *bench) oneLog(program string, into *LogResult, args ...string) error {
	dir, err := os.MkdirTemp(b.dir, "log-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	out, err := exec.CommandContext(b.ctx, program, append([]string{"-dir", dir}, args...)...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return fmt.Errorf("bench: logbench %q: %w", args, err)
	}
	b.say("  %v: %s", args, out)
	return json.Unmarshal(out, into)
}

// LogRows are the lines of the table of logs: medians with extremes.
func (r *Results) LogRows() []LogRow {
	return []LogRow{
		r.logRow("Hydrant, 1 log", func(l LogRound) LogResult { return l.One }),
		r.logRow("Hydrant, 1,000 logs", func(l LogRound) LogResult { return l.Thousand }),
		r.logRow("NATS JetStream, a message for each batch", func(l LogRound) LogResult { return l.NATSBatch }),
		r.logRow("NATS JetStream, a message for each record", func(l LogRound) LogResult { return l.NATS }),
	}
}

func (r *Results) logRow(name string, of func(LogRound) LogResult) LogRow {
	text := func(format string, value func(LogResult) float64) string {
		mid, low, high := median(r.Logs, func(l LogRound) float64 { return value(of(l)) })
		return spread(mid, low, high, format)
	}
	return LogRow{
		Name: name,
		MB:   text("%.1f", func(l LogResult) float64 { return l.MBPerSec }),
		Core: text("%.1f", func(l LogResult) float64 { return l.MBPerCore }),
		P50:  text("%.1f", func(l LogResult) float64 { return l.P50 }),
		P99:  text("%.1f", func(l LogResult) float64 { return l.P99 }),
	}
}

// LogRatio is a median ratio of two logs of the same round, with its extremes.
func (r *Results) LogRatio(a, b func(LogRound) float64) string {
	mid, low, high := median(r.Logs, func(l LogRound) float64 { return a(l) / b(l) })
	return spread(mid, low, high, "%.2f")
}

// RatioMB compares one log with NATS JetStream, a message for each batch, in
// MB a second.
func (r *Results) RatioMB() string {
	return r.LogRatio(func(l LogRound) float64 { return l.One.MBPerSec }, func(l LogRound) float64 { return l.NATSBatch.MBPerSec })
}

// RatioCore does in MB for each core-second.
func (r *Results) RatioCore() string {
	return r.LogRatio(func(l LogRound) float64 { return l.One.MBPerCore }, func(l LogRound) float64 { return l.NATSBatch.MBPerCore })
}

// RatioEach compares with NATS JetStream, a message for each record, in MB a
// second.
func (r *Results) RatioEach() string {
	return r.LogRatio(func(l LogRound) float64 { return l.One.MBPerSec }, func(l LogRound) float64 { return l.NATS.MBPerSec })
}

// RatioThousand compares 1,000 logs with one in MB a second.
func (r *Results) RatioThousand() string {
	return r.LogRatio(func(l LogRound) float64 { return l.Thousand.MBPerSec }, func(l LogRound) float64 { return l.One.MBPerSec })
}

// half measures at half the rate that was accepted as fast as it goes.
func (b *bench) half(r *Results) (err error) {
	mid, _, _ := median(r.File, func(p Path) float64 { return p.Load.MBPerSec })
	r.HalfMB = int(mid / 2)
	r.Half, err = b.toFile("64MiB", "1s", min(b.plan.MB, int64(r.HalfMB)*20), float64(r.HalfMB))
	b.say("at half load, %d MB/s: p50 %.1f ms, p99 %.1f ms", r.HalfMB, r.Half.Load.P50, r.Half.Load.P99)
	return err
}

// Goal is what the 99th percentile at half load should keep to, in ms.
func (r *Results) Goal() float64 { return 2*r.Machine.Sync175K.P99 + 5 }

// peaks measures memory where the budget could break.
func (b *bench) peaks(r *Results) error {
	for _, s := range pressure.Scenarios() {
		dir := filepath.Join(b.dir, "pressure")
		p, err := s.Run(b.ctx, b.program, dir, min(b.plan.MB, 500))
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
		b.say("%s: peak RSS %.0f MiB", s.Name, p.PeakRSS)
		r.Peaks = append(r.Peaks, p)
	}
	return nil
}
