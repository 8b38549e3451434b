package configs

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

const (
	plainStyle   = "\x1b[0m"
	boldStyle    = "\x1b[1m"
	errorStyle   = "\x1b[1;31m"
	warningStyle = "\x1b[1;33m"
)

// Write prints all errors and warnings, each with its place, the line of
// source with the part that is meant underlined by carets, and a text wrapped
// to width characters (80 when width is 0). A literal secret in the line is
// printed as asterisks.
func (d Diagnostics) Write(w io.Writer, color bool, width int) error {
	if width <= 0 {
		width = 80
	}
	var out strings.Builder
	for i, one := range d.list {
		if i > 0 {
			out.WriteByte('\n')
		}
		p := printer{&out, color}
		p.one(d, one, max(width, 20))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("configs: write diagnostics: %w", err)
	}
	return nil
}

type printer struct {
	out   *strings.Builder
	color bool
}

func (p printer) styled(style, text string) string {
	if !p.color || text == "" {
		return text
	}
	return style + text + plainStyle
}

func (p printer) one(d Diagnostics, one *hcl.Diagnostic, width int) {
	style := errorStyle
	if one.Severity != hcl.DiagError {
		style = warningStyle
	}
	if r := one.Subject; r != nil {
		place := fmt.Sprintf("%s:%d:%d: ", r.Filename, r.Start.Line, r.Start.Column)
		p.out.WriteString(p.styled(boldStyle, place))
	}
	p.out.WriteString(p.styled(style, severity(one)+": ") + p.styled(boldStyle, d.redact(one.Summary)) + "\n")
	if r := one.Subject; r != nil {
		if src := d.sources[r.Filename]; src != nil {
			p.excerpt(src, *r, style)
		}
	}
	for _, line := range wrap(d.redact(one.Detail), width-2) {
		p.out.WriteString(strings.TrimRight("  "+line, " ") + "\n")
	}
}

// excerpt prints the first line of r, and carets below it.
func (p printer) excerpt(src *source, r hcl.Range, style string) {
	text, marks := src.line(r)
	number := fmt.Sprintf("%5d", r.Start.Line)
	p.out.WriteString(number + " | " + text + "\n")
	if carets := strings.TrimRight(marks, " \t"); carets != "" {
		blank := carets[:len(carets)-len(strings.TrimLeft(carets, " \t"))]
		p.out.WriteString(strings.Repeat(" ", len(number)) + " | " + blank + p.styled(style, carets[len(blank):]) + "\n")
	}
}

// wrap breaks text into lines of at most width characters at blanks; line
// breaks in text stay.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, used := "", 0
		for _, word := range strings.Fields(paragraph) {
			n := utf8.RuneCountInString(word)
			if used > 0 && used+1+n > width {
				lines, line, used = append(lines, line), "", 0
			}
			if used > 0 {
				line, used = line+" ", used+1
			}
			line, used = line+word, used+n
		}
		lines = append(lines, line)
	}
	return lines
}
