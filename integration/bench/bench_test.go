package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hydrant/integration/harness"
)

func TestTheReportTellsMediansRatiosAndWhatWasLeftOut(t *testing.T) {
	path := func(mb, cpu float64) Path {
		return Path{Buffer: "64MiB", CPU: cpu, Delivered: 10, OutMB: 100, PeakRSS: 99, Load: Load{Records: 1000, MB: mb, MBPerSec: 123}}
	}
	r := &Results{
		Plan: plan{MB: 2000, Rounds: 3}, File: []Path{path(2000, 20), path(2000, 10), path(2000, 16)}, Steady: path(1, 1), Memory: []Path{path(1, 1)},
		DuckDB: []Conversion{{BytesIn: 1e9, BytesOut: 1e8, CPU: 10}, {BytesIn: 1e9, BytesOut: 1e8, CPU: 10}, {BytesIn: 1e9, BytesOut: 1e8, CPU: 10}},
		Log:    "BenchmarkAppend64 1", Skipped: []string{"versitygw: no network"},
	}
	file := filepath.Join(t.TempDir(), "performance.md")
	if err := writeReport(file, r); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| `file://` | 125 (100 to 200) |", "1.25 (1.00 to 2.00)", "versitygw: no network", "| 64MiB | 99 |", "BenchmarkAppend64 1"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the report has no %q:\n%s", want, b)
		}
	}
	if strings.Contains(string(b), "| versitygw |") {
		t.Errorf("the report has a row for what was not measured")
	}
}

func TestAProcessMeasuresItself(t *testing.T) {
	if rss, err := harness.PeakRSS(os.Getpid()); err != nil || rss < 1 {
		t.Errorf("peak memory %f MiB, %v; want some", rss, err)
	}
	if _, err := cpuSeconds(os.Getpid()); err != nil {
		t.Error(err)
	}
}
