package configs

import (
	"bytes"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// within finds the part of the source that bytes from to to of a string's
// value were written as, so that a caret can stand below them. When that can't
// be told (a function made the string), it's the whole expression.
func (d *decoder) within(expr hclsyntax.Expression, value string, from, to int) hcl.Range {
	whole := expr.Range()
	template, ok := expr.(*hclsyntax.TemplateExpr)
	src := d.sources[whole.Filename]
	if !ok || src == nil || from < 0 || from > len(value) {
		return whole
	}
	var origin []hcl.Pos // of each byte of the value, and of its end
	for _, part := range template.Parts {
		positions, ok := d.origins(part, src)
		if !ok {
			return whole
		}
		origin = append(origin, positions...)
	}
	if len(origin) != len(value) || len(value) == 0 {
		return whole
	}
	last := template.Parts[len(template.Parts)-1].Range().End
	origin = append(origin, last)
	to = min(max(to, from+1), len(value))
	start, end := origin[min(from, len(value))], origin[to]
	if from == len(value) { // at the end: mark the closing quote
		return hcl.Range{Filename: whole.Filename, Start: last, End: whole.End}
	}
	if end.Byte <= start.Byte {
		end = hcl.Pos{Line: start.Line, Column: start.Column + 1, Byte: start.Byte + 1}
	}
	return hcl.Range{Filename: whole.Filename, Start: start, End: end}
}

// origins returns where each byte of a template part's value was written.
func (d *decoder) origins(part hclsyntax.Expression, src *source) ([]hcl.Pos, bool) {
	at := part.Range()
	if _, literal := part.(*hclsyntax.LiteralValueExpr); literal {
		if at.End.Byte > len(src.text) {
			return nil, false
		}
		return literalOrigins(src.text[at.Start.Byte:at.End.Byte], at.Start)
	}
	val, diags := part.Value(d.context(at.Filename))
	val, _ = val.Unmark()
	if diags.HasErrors() || !val.IsKnown() || val.IsNull() || val.Type() != cty.String {
		return nil, false
	}
	origin := make([]hcl.Pos, len(val.AsString()))
	for i := range origin {
		origin[i] = at.Start
	}
	return origin, true
}

// literalOrigins walks over a literal as it is written between its quotes.
func literalOrigins(text []byte, pos hcl.Pos) ([]hcl.Pos, bool) {
	var origin []hcl.Pos
	for len(text) > 0 {
		written, worth := literalStep(text)
		if written > len(text) {
			return nil, false
		}
		for range worth {
			origin = append(origin, pos)
		}
		if text[0] == '\n' {
			pos.Line, pos.Column = pos.Line+1, 0
		}
		pos.Byte += written
		pos.Column += utf8.RuneCount(text[:written])
		text = text[written:]
	}
	return origin, true
}

// literalStep returns how many bytes the next character is written with, and
// how many it has in the value.
func literalStep(text []byte) (written, worth int) {
	switch {
	case bytes.HasPrefix(text, []byte("$${")), bytes.HasPrefix(text, []byte("%%{")):
		return 3, 2
	case text[0] != '\\' || len(text) < 2:
		_, n := utf8.DecodeRune(text)
		return n, n
	case text[1] == 'u' || text[1] == 'U':
		digits := 4
		if text[1] == 'U' {
			digits = 8
		}
		var r rune
		for _, c := range text[2:min(2+digits, len(text))] {
			r = r<<4 | rune(hexDigit(c))
		}
		return 2 + digits, max(utf8.RuneLen(r), 1)
	}
	return 2, 1
}

func hexDigit(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
