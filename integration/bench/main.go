// Bench is `make bench`: it measures the daemon on this machine and writes
// docs/performance.md. Everything that is compared runs in turns within one
// run, because a machine's speed drifts: trust the ratios.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"hydrant/integration/harness"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var plan plan
	flag.Int64Var(&plan.MB, "mb", 2000, "MB (10^6) of record bytes in each round")
	flag.IntVar(&plan.Rounds, "rounds", 3, "rounds of all that is compared")
	out := flag.String("out", "", "write the report to this `file` instead of docs/performance.md")
	flag.Parse()
	root, err := harness.Root()
	if err != nil {
		return err
	}
	if *out == "" {
		*out = filepath.Join(root, "docs", "performance.md")
	}
	b, err := newBench(ctx, root, plan)
	if err != nil {
		return err
	}
	defer b.close()
	results, err := b.measure()
	if err != nil {
		return err
	}
	return writeReport(*out, results)
}

// A plan says how much is measured.
type plan struct {
	MB     int64 // of record bytes a round
	Rounds int
}

// newBench builds what is measured and what sends, and makes a folder for it.
func newBench(ctx context.Context, root string, plan plan) (*bench, error) {
	cache, err := harness.Cache()
	if err != nil {
		return nil, err
	}
	program, err := harness.Build(false)
	if err != nil {
		return nil, err
	}
	loadgen := filepath.Join(cache, "bin", "loadgen")
	build := exec.CommandContext(ctx, "go", "build", "-o", loadgen, "./loadgen")
	build.Dir = filepath.Join(root, "integration")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("bench: build loadgen: %w: %s", err, out)
	}
	// Not the folder for temporary files: that may be memory.
	dir, err := os.MkdirTemp(cache, "bench-")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return &bench{ctx: ctx, plan: plan, root: root, dir: dir, program: program, loadgen: loadgen}, nil
}
