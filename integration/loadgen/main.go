// Loadgen sends rows to a daemon as PutRecordBatch requests of 500 and prints,
// as JSON, how many were accepted and how long the answers took.
//
// It is meant to cost little beside the daemon: bodies are encoded before the
// clock starts, and it runs on one processor unless GOMAXPROCS says otherwise.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"

	"hydrant/integration/rows"
)

func main() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var load Load
	flag.StringVar(&load.URL, "url", "http://127.0.0.1:4573", "the daemon's `address`")
	flag.StringVar(&load.Stream, "stream", "web", "delivery stream")
	flag.IntVar(&load.Connections, "connections", 16, "connections, each with one request at a time")
	flag.IntVar(&load.Bodies, "bodies", 200, "distinct bodies of 500 rows")
	flag.Int64Var(&load.MB, "mb", 0, "stop after so many MB (10^6) of record bytes; 0: no limit")
	flag.DurationVar(&load.Time, "time", 0, "stop after this time; 0: no limit")
	flag.Float64Var(&load.Rate, "rate", 0, "MB of record bytes a second; 0: as fast as answers come")
	write := flag.String("write", "", "write -mb of the same rows to this `file` as NDJSON, and send nothing")
	flag.Parse()
	if load.MB == 0 && load.Time == 0 {
		return fmt.Errorf("loadgen: give -mb or -time")
	}
	if *write != "" {
		return writeRows(*write, load)
	}
	report, err := load.Run(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

func writeRows(name string, load Load) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("loadgen: %w", err)
	}
	defer f.Close()
	n, size, err := rows.Write(f, load.Bodies, load.MB*1e6)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("loadgen: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"rows": n, "bytes": size})
}
