// Logbench measures a durable log by itself: 64 writers, each waiting until
// its batch of 500 records of 350 bytes is on the disk before it sends the
// next. It prints its result as JSON. The log is Hydrant's, one or several of
// them side by side, or a stream of an embedded NATS server with JetStream
// that syncs always.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	records     = 500
	recordBytes = 350
	batchBytes  = records * recordBytes
)

// A Result is what was measured.
type Result struct {
	MBPerSec  float64 `json:"mb_per_second"`
	MBPerCore float64 `json:"mb_per_core_second"` // of all of the process: server and writers
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
}

// A log is what writers append batches to.
type log interface {
	// append returns when the batch of one writer is on the disk.
	append(ctx context.Context, writer int) error
	close() error
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	what := flag.String("log", "hydrant", "hydrant, nats (a message for each record), or nats-batch (one for each batch)")
	logs := flag.Int("logs", 1, "how many logs the writers take in turns; hydrant only")
	writers := flag.Int("writers", 64, "writers")
	dir := flag.String("dir", "", "an empty `folder` on the disk to measure")
	took := flag.Duration("time", 5*time.Second, "how long to write")
	flag.Parse()
	var l log
	var err error
	switch *what {
	case "hydrant":
		l, err = openHydrant(*dir, *logs, *writers)
	case "nats", "nats-batch":
		l, err = openNATS(*dir, *writers, *what == "nats-batch")
	default:
		err = fmt.Errorf("logbench: no log is called %q", *what)
	}
	if err != nil {
		return err
	}
	r, err := measure(ctx, l, *writers, *took)
	if err := errors.Join(err, l.close()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// measure lets all writers write for a while.
func measure(ctx context.Context, l log, writers int, limit time.Duration) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([][]time.Duration, writers)
	var stop atomic.Bool
	var wg sync.WaitGroup
	cpu, start := cpuTime(), time.Now()
	for w := range writers {
		wg.Go(func() {
			for !stop.Load() && ctx.Err() == nil {
				began := time.Now()
				if err := l.append(ctx, w); err != nil {
					cancel(err)
					return
				}
				latencies[w] = append(latencies[w], time.Since(began))
			}
		})
	}
	select {
	case <-ctx.Done():
	case <-time.After(limit):
	}
	stop.Store(true)
	wg.Wait()
	wall, core := time.Since(start).Seconds(), (cpuTime() - cpu).Seconds()
	all := slices.Concat(latencies...)
	if err := context.Cause(ctx); err != nil || len(all) == 0 {
		return Result{}, fmt.Errorf("logbench: %d batches: %w", len(all), err)
	}
	slices.Sort(all)
	mb := float64(len(all)) * batchBytes / 1e6
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Result{MBPerSec: mb / wall, MBPerCore: mb / core, P50: ms(all[len(all)/2]), P99: ms(all[len(all)*99/100])}, nil
}

// cpuTime is what this process used of the processors, user and system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func record(i int) []byte { return bytes.Repeat([]byte{byte('a' + i%26)}, recordBytes) }
