package configs

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// A source is the text of one file, and which parts of it must not be shown.
type source struct {
	name    string
	text    []byte
	secrets []span   // in order
	words   []string // what they say
	broken  bool     // it has syntax errors: what is missing may be there
}

// A span is a range of bytes.
type span struct{ from, to int }

const mask = "********"

// line returns the line on which r begins, and a line of blanks and carets
// that underlines what r means of it.
func (s *source) line(r hcl.Range) (text, marks string) {
	from := min(max(r.Start.Byte, 0), len(s.text))
	start := bytes.LastIndexByte(s.text[:from], '\n') + 1
	end := len(s.text)
	if i := bytes.IndexByte(s.text[from:], '\n'); i >= 0 {
		end = from + i
	}
	var line, under strings.Builder
	for at := start; at < end; {
		if hidden, ok := s.secretAt(at); ok {
			stop := min(hidden.to, end)
			line.WriteString(mask)
			caret := at < max(r.End.Byte, from+1) && stop > from
			under.WriteString(strings.Repeat(blankOrCaret(caret), len(mask)))
			at = stop
			continue
		}
		char, n := utf8.DecodeRune(s.text[at:end])
		caret := at >= from && at < max(r.End.Byte, from+1)
		writeCell(&line, &under, char, caret)
		at += n
	}
	if from == end { // what is meant is the end of the line
		under.WriteByte('^')
	}
	return line.String(), under.String()
}

// writeCell adds one character of a line and what stands below it. Control
// characters would play tricks with the terminal, and are shown as a dot.
func writeCell(line, under *strings.Builder, char rune, caret bool) {
	switch {
	case char == '\r':
		return
	case char == '\t' && !caret:
		line.WriteByte('\t')
		under.WriteByte('\t')
		return
	case char == '\t':
		char = ' '
	case char < ' ' || char == 0x7f || char >= 0x80 && char < 0xa0 || char >= 0x202a && char <= 0x202e || char >= 0x2066 && char <= 0x2069:
		char = '.'
	}
	line.WriteRune(char)
	under.WriteString(blankOrCaret(caret))
	if wide(char) {
		under.WriteString(blankOrCaret(caret))
	}
}

func blankOrCaret(caret bool) string {
	if caret {
		return "^"
	}
	return " "
}

// wide says whether terminals give two columns to char (East Asian wide and
// full-width letters, and pictures).
func wide(char rune) bool {
	return char >= 0x1100 && char <= 0x115f || char >= 0x2e80 && char <= 0xa4cf || char >= 0xac00 && char <= 0xd7a3 ||
		char >= 0xf900 && char <= 0xfaff || char >= 0xfe30 && char <= 0xfe6f || char >= 0xff00 && char <= 0xff60 ||
		char >= 0xffe0 && char <= 0xffe6 || char >= 0x1f300 && char <= 0x1faff || char >= 0x20000 && char <= 0x3fffd
}

func (s *source) secretAt(at int) (span, bool) {
	i, ok := slices.BinarySearchFunc(s.secrets, at, func(sp span, at int) int {
		switch {
		case sp.to <= at:
			return -1
		case sp.from > at:
			return 1
		}
		return 0
	})
	if !ok {
		return span{}, false
	}
	return s.secrets[i], true
}
