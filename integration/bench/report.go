package main

import (
	_ "embed"
	"fmt"
	"os"
	"strings"
	"text/template"
)

//go:embed performance.md.tmpl
var reportText string

// writeReport writes the results as Markdown.
func writeReport(file string, r *Results) error {
	t, err := template.New("performance.md").Funcs(template.FuncMap{
		"spread": spread,
		"f0":     func(v float64) string { return fmt.Sprintf("%.0f", v) },
		"f1":     func(v float64) string { return fmt.Sprintf("%.1f", v) },
		"f2":     func(v float64) string { return fmt.Sprintf("%.2f", v) },
	}).Parse(reportText)
	if err != nil {
		return fmt.Errorf("bench: report: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, r); err != nil {
		return fmt.Errorf("bench: report: %w", err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("bench: report: %w", err)
	}
	fmt.Println("wrote", file)
	return nil
}

func spread(mid, low, high float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", mid, low, high)
}

// A Row is one line of the report's table of the whole path.
type Row struct {
	Name, PerCore, Accepted, Delivered, P50, P99, P999, RSS string
}

// Rows are the lines of the table of the whole path: medians with extremes.
func (r *Results) Rows() []Row {
	rows := []Row{pathRow("`file://`", r.File)}
	if len(r.S3) > 0 {
		rows = append(rows, pathRow("versitygw", r.S3))
	}
	return rows
}

func pathRow(name string, paths []Path) Row {
	text := func(format string, value func(Path) float64) string {
		mid, low, high := median(paths, value)
		return spread(mid, low, high, format)
	}
	return Row{
		Name:      name,
		PerCore:   text("%.0f", Path.PerCore),
		Accepted:  text("%.0f", func(p Path) float64 { return p.Load.MBPerSec }),
		Delivered: text("%.0f", Path.Wall),
		P50:       text("%.1f", func(p Path) float64 { return p.Load.P50 }),
		P99:       text("%.1f", func(p Path) float64 { return p.Load.P99 }),
		P999:      text("%.1f", func(p Path) float64 { return p.Load.P999 }),
		RSS:       text("%.0f", func(p Path) float64 { return p.PeakRSS }),
	}
}

// Ratios compares each round's daemon on file:// with the same round's DuckDB.
func (r *Results) Ratios() []float64 {
	var ratios []float64
	for i, c := range r.DuckDB {
		ratios = append(ratios, r.File[i].PerCore()/c.PerCore())
	}
	return ratios
}

// Ratio is the median of Ratios with its extremes.
func (r *Results) Ratio() string {
	mid, low, high := median(r.Ratios(), func(v float64) float64 { return v })
	return spread(mid, low, high, "%.2f")
}

// DuckDBPerCore is DuckDB's median with its extremes.
func (r *Results) DuckDBPerCore() string {
	mid, low, high := median(r.DuckDB, Conversion.PerCore)
	return spread(mid, low, high, "%.0f")
}

// BytesPerRecord is the mean size of a record.
func (r *Results) BytesPerRecord() float64 {
	return r.File[0].Load.MB * 1e6 / float64(r.File[0].Load.Records)
}

// Shrink is how many times smaller than the records the objects are.
func (r *Results) Shrink() float64 { return r.File[0].Load.MB / r.File[0].OutMB }

// DuckDBShrink is the same of DuckDB's file.
func (r *Results) DuckDBShrink() float64 { return r.DuckDB[0].BytesIn / r.DuckDB[0].BytesOut }
