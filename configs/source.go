package configs

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A source is the text of one file, and which parts of it must not be shown.
type source struct {
	name    string
	text    []byte
	secrets []span // in order
	broken  bool   // it has syntax errors: what is missing may be there
}

// A span is a range of bytes.
type span struct{ from, to int }

const mask = "********"

// urlPassword finds what stands between the user and the host of a URL.
var urlPassword = regexp.MustCompile(`://[^/\s"@:]*:([^/\s"@]+)@`)

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

// findSecrets marks the literals that stand where a secret belongs. It works
// on tokens, so that text which doesn't parse is covered too.
func (s *source) findSecrets(tokens hclsyntax.Tokens) {
	sensitive := sensitiveVariables(tokens)
	for i, t := range tokens {
		if t.Type != hclsyntax.TokenEqual && t.Type != hclsyntax.TokenColon {
			continue
		}
		name := nameBefore(tokens[:i])
		if looksSecret(name) || name == "default" && sensitive(t.Range.Start.Byte) {
			s.maskExpression(tokens[i+1:])
		}
	}
	for _, m := range urlPassword.FindAllSubmatchIndex(s.text, -1) {
		s.secrets = append(s.secrets, span{m[2], m[3]})
	}
	slices.SortFunc(s.secrets, func(a, b span) int { return a.from - b.from })
}

// nameBefore returns the name that tokens end with, with or without quotes.
func nameBefore(tokens hclsyntax.Tokens) string {
	n := len(tokens)
	switch {
	case n > 0 && tokens[n-1].Type == hclsyntax.TokenIdent:
		return string(tokens[n-1].Bytes)
	case n > 2 && tokens[n-1].Type == hclsyntax.TokenCQuote && tokens[n-2].Type == hclsyntax.TokenQuotedLit:
		return string(tokens[n-2].Bytes)
	}
	return ""
}

// looksSecret says whether an argument of that name holds a secret, also when
// the name is misspelt.
func looksSecret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"secret", "password", "passwd", "token", "private_key", "credential"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return distance(name, "secret") <= 2 || distance(name, "secret_key") <= 2
}

// maskExpression marks the literals of the expression that tokens begin with.
// What stands first in env( ) and file( ) is a name and not a secret.
func (s *source) maskExpression(tokens hclsyntax.Tokens) {
	depth, named := 0, -1 // named: the depth inside env( or file( before its first comma
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
			if i > 0 && t.Type == hclsyntax.TokenOParen && namesThings(tokens[i-1]) && named < 0 {
				named = depth
			}
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
			if named == depth {
				named = -1
			}
			if depth--; depth < 0 {
				return
			}
		case hclsyntax.TokenComma:
			if named == depth {
				named = -1
			}
			if depth == 0 {
				return
			}
		case hclsyntax.TokenNewline:
			if depth == 0 {
				return
			}
		case hclsyntax.TokenEOF:
			return
		case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenNumberLit, hclsyntax.TokenBadUTF8, hclsyntax.TokenInvalid, hclsyntax.TokenQuotedNewline:
			if named < 0 {
				s.hideToken(t)
			}
		case hclsyntax.TokenIdent:
			if i == 0 && bareWord(tokens) {
				s.hideToken(t)
			}
		}
	}
}

func (s *source) hideToken(t hclsyntax.Token) {
	s.secrets = append(s.secrets, span{t.Range.Start.Byte, t.Range.End.Byte})
}

func namesThings(t hclsyntax.Token) bool {
	return t.Type == hclsyntax.TokenIdent && (string(t.Bytes) == "env" || string(t.Bytes) == "file")
}

// bareWord says whether an expression begins with a word that is neither a
// function nor a part of var.name: a secret whose quotes were forgotten.
func bareWord(tokens hclsyntax.Tokens) bool {
	switch string(tokens[0].Bytes) {
	case "true", "false", "null":
		return false
	}
	return len(tokens) < 2 || tokens[1].Type != hclsyntax.TokenOParen && tokens[1].Type != hclsyntax.TokenDot
}

// sensitiveVariables finds the variable blocks that say sensitive, and
// returns whether a byte lies in one of them.
func sensitiveVariables(tokens hclsyntax.Tokens) func(at int) bool {
	var blocks []span
	for i, t := range tokens {
		if t.Type != hclsyntax.TokenIdent || string(t.Bytes) != "variable" || i > 0 && tokens[i-1].Type != hclsyntax.TokenNewline {
			continue
		}
		depth, says, end := 0, false, tokens[len(tokens)-1].Range.End.Byte
		for _, u := range tokens[i:] {
			switch u.Type {
			case hclsyntax.TokenOBrace:
				depth++
			case hclsyntax.TokenCBrace:
				depth--
			case hclsyntax.TokenIdent:
				says = says || string(u.Bytes) == "sensitive"
			}
			if u.Type == hclsyntax.TokenCBrace && depth == 0 {
				end = u.Range.End.Byte
				break
			}
		}
		if says {
			blocks = append(blocks, span{t.Range.Start.Byte, end})
		}
	}
	return func(at int) bool {
		return slices.ContainsFunc(blocks, func(b span) bool { return b.from <= at && at < b.to })
	}
}
