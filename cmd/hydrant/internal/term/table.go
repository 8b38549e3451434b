package term

import (
	"io"
	"strings"
	"unicode/utf8"
)

// A Table is rows of cells in columns of equal width. Cells are plain text;
// colour comes in by Mark, which does not count towards a width.
type Table struct {
	Head  []string
	Right map[int]bool // columns that are set flush right, by index
	// Mark colours a cell after it was padded; nil: no colours. Row -1 is the
	// head.
	Mark func(row, col int, cell string) string
	rows [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// WriteTo writes the table, each line indented by indent.
func (t *Table) WriteTo(w io.Writer, indent string) error {
	widths := t.widths()
	var b strings.Builder
	if len(t.Head) > 0 {
		t.line(&b, -1, t.Head, widths, indent)
	}
	for i, row := range t.rows {
		t.line(&b, i, row, widths, indent)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Table) widths() []int {
	var widths []int
	for _, row := range append([][]string{t.Head}, t.rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func (t *Table) line(b *strings.Builder, row int, cells []string, widths []int, indent string) {
	b.WriteString(indent)
	for i, cell := range cells {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		switch {
		case t.Right[i]:
			cell = pad + cell
		case i < len(cells)-1:
			cell += pad
		}
		if t.Mark != nil {
			cell = t.Mark(row, i, cell)
		}
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(cell)
	}
	b.WriteByte('\n')
}
