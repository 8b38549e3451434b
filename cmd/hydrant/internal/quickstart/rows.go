package quickstart

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
)

// A spoiler is one way to spoil a row, by cells of the file.
type spoiler struct {
	what  string
	spoil func(cells []string) string // returns the line
}

// The cells that are spoilt, by their place in the file.
const (
	cellDate  = 3
	cellTotal = 12
)

var spoilers = []spoiler{
	{"two fields are missing", func(c []string) string { return line(c[:len(c)-2]) }},
	{"a total cost of 12k", func(c []string) string { c[cellTotal] = "12k"; return line(c) }},
	{"the 30th of February", func(c []string) string { c[cellDate] = "1990-02-30"; return line(c) }},
	{"a quote that is never closed", func(c []string) string { return `"` + line(c) }},
	{"a byte that is not UTF-8", func(c []string) string { c[8] = "Grive musicienne m\xe2le"; return line(c) }},
}

func line(cells []string) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(cells) // into memory: it can't fail
	w.Flush()
	return string(bytes.TrimRight(b.Bytes(), "\r\n"))
}

// readRows returns the header's names and the lines after it, one record each.
func readRows(file []byte) (columns []string, rows [][]byte, err error) {
	lines := bytes.Split(bytes.TrimRight(file, "\r\n"), []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimSuffix(lines[i], []byte("\r"))
	}
	columns, err = csv.NewReader(bytes.NewReader(lines[0])).Read()
	if err != nil {
		return nil, nil, fmt.Errorf("quickstart: header of the data: %w", err)
	}
	return columns, lines[1:], nil
}

// withSpoilt returns rows with copies of some of them, spoilt, spread among
// them.
func withSpoilt(rows [][]byte) ([][]byte, error) {
	out := slices.Clone(rows)
	for i, s := range spoilers {
		at := (i + 1) * len(rows) / (len(spoilers) + 1)
		cells, err := csv.NewReader(bytes.NewReader(rows[at])).Read()
		if err != nil {
			return nil, fmt.Errorf("quickstart: row %d of the data: %w", at, err)
		}
		out = slices.Insert(out, at, []byte(s.spoil(cells)))
	}
	return out, nil
}
