package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"hydrant/integration/harness"
	"hydrant/integration/rows"
)

// buildConverter builds the program that converts a file with the daemon's own
// code and nothing else.
func (b *bench) buildConverter() error {
	cache, err := harness.Cache()
	if err != nil {
		return err
	}
	b.converter = filepath.Join(cache, "bin", "convertbench")
	cmd := exec.CommandContext(b.ctx, "go", "build", "-o", b.converter, "./formats/internal/convertbench")
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bench: build convertbench: %w: %s", err, out)
	}
	return nil
}

// conversions converts the same file once with DuckDB and once with Hydrant,
// each in a process of its own and with one thread.
func (b *bench) conversions(r *Results) error {
	duck, err := b.duckDB()
	if err != nil {
		return err
	}
	ours, err := b.convert()
	if err != nil {
		return err
	}
	b.say("  convert    %6.1f MB per core-second, DuckDB %.1f; ratio %.2f", ours.PerCore(), duck.PerCore(), ours.PerCore()/duck.PerCore())
	r.DuckDB, r.Convert = append(r.DuckDB, duck), append(r.Convert, ours)
	return nil
}

func (b *bench) duckDB() (Conversion, error) {
	var c Conversion
	out := filepath.Join(b.dir, "duckdb.parquet")
	defer os.Remove(out)
	return c, harness.Script(b.ctx, &c, "duckdb_copy.py", b.rows, out, rows.DuckDB)
}

func (b *bench) convert() (Conversion, error) {
	var c Conversion
	file := filepath.Join(b.dir, "hydrant.parquet")
	defer os.Remove(file)
	cmd := exec.CommandContext(b.ctx, b.converter, append([]string{b.rows, file}, rows.Columns()...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return c, fmt.Errorf("bench: convertbench: %w", err)
	}
	return c, json.Unmarshal(out, &c)
}

// ConvertRatios compares each round's conversion with the same round's DuckDB.
func (r *Results) ConvertRatios() []float64 {
	var ratios []float64
	for i, c := range r.Convert {
		ratios = append(ratios, c.PerCore()/r.DuckDB[i].PerCore())
	}
	return ratios
}

// ConvertRatio is the median of ConvertRatios with its extremes.
func (r *Results) ConvertRatio() string {
	mid, low, high := median(r.ConvertRatios(), func(v float64) float64 { return v })
	return spread(mid, low, high, "%.2f")
}

// ConvertPerCore is the median of Hydrant's conversion with its extremes.
func (r *Results) ConvertPerCore() string {
	mid, low, high := median(r.Convert, Conversion.PerCore)
	return spread(mid, low, high, "%.0f")
}

// ConvertShrink is how many times smaller than the rows the file is that
// Hydrant makes of the same file as DuckDB.
func (r *Results) ConvertShrink() float64 { return r.Convert[0].BytesIn / r.Convert[0].BytesOut }
