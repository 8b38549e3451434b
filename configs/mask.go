package configs

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// urlPassword finds what stands between the user and the host of a URL.
var urlPassword = regexp.MustCompile(`://[^/\s"@:]*:([^/\s"@]+)@`)

// findSecrets marks the literals that stand where a secret belongs. It works
// on tokens, so that text which doesn't parse is covered too.
func (s *source) findSecrets(tokens hclsyntax.Tokens) {
	sensitive := sensitiveVariables(tokens)
	for i, t := range tokens {
		if forgotten(tokens, i) {
			s.maskExpression(tokens[i+1:])
		}
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
		s.words = append(s.words, string(s.text[m[2]:m[3]]))
	}
	slices.SortFunc(s.secrets, func(a, b span) int { return a.from - b.from })
}

// forgotten says whether a secret follows the name at i without a =.
func forgotten(tokens hclsyntax.Tokens, i int) bool {
	if tokens[i].Type != hclsyntax.TokenIdent || i+1 == len(tokens) || !looksSecret(string(tokens[i].Bytes)) {
		return false
	}
	next := tokens[i+1].Type
	return next == hclsyntax.TokenIdent || next == hclsyntax.TokenOQuote || next == hclsyntax.TokenNumberLit
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
// What stands first in env( ) and file( ) is a name and not a secret. When the
// tokens make no expression (quotes were forgotten, or are of the wrong kind)
// all of them are marked.
func (s *source) maskExpression(tokens hclsyntax.Tokens) {
	tokens = expression(tokens)
	if !wellFormed(tokens) {
		s.secrets = append(s.secrets, span{tokens[0].Range.Start.Byte, tokens[len(tokens)-1].Range.End.Byte})
		for _, t := range tokens {
			s.words = append(s.words, string(t.Bytes))
		}
		return
	}
	depth, named := 0, -1 // named: the depth inside env( or file( before its first comma
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenComma:
			if named == depth {
				named = -1
			}
		case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenNumberLit:
			if named < 0 {
				s.secrets = append(s.secrets, span{t.Range.Start.Byte, t.Range.End.Byte})
				s.words = append(s.words, string(t.Bytes))
			}
		}
		switch nesting(t) {
		case 1:
			depth++
			if i > 0 && t.Type == hclsyntax.TokenOParen && namesThings(tokens[i-1]) && named < 0 {
				named = depth
			}
		case -1:
			if named == depth {
				named = -1
			}
			depth--
		}
	}
}

// nesting says whether t opens (1) or closes (-1) a bracket.
func nesting(t hclsyntax.Token) int {
	switch t.Type {
	case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return 1
	case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
		return -1
	}
	return 0
}

// expression cuts tokens where the expression that they begin with ends.
func expression(tokens hclsyntax.Tokens) hclsyntax.Tokens {
	depth := 0
	for i, t := range tokens {
		depth += nesting(t)
		ends := t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComma
		if depth < 0 || depth == 0 && ends || t.Type == hclsyntax.TokenEOF {
			return tokens[:max(i, 1)]
		}
	}
	return tokens
}

// wellFormed says whether tokens may be an expression in which secrets can
// stand only in literals.
func wellFormed(tokens hclsyntax.Tokens) bool {
	depth := 0
	for i, t := range tokens {
		depth += nesting(t)
		switch t.Type {
		case hclsyntax.TokenInvalid, hclsyntax.TokenApostrophe, hclsyntax.TokenBacktick, hclsyntax.TokenSemicolon,
			hclsyntax.TokenTabs, hclsyntax.TokenBadUTF8, hclsyntax.TokenQuotedNewline:
			return false
		case hclsyntax.TokenIdent:
			if depth == 0 && !partOfName(tokens, i) {
				return false
			}
		}
	}
	return true
}

// partOfName says whether an identifier is a function or a part of var.name.
func partOfName(tokens hclsyntax.Tokens, i int) bool {
	if i > 0 && tokens[i-1].Type == hclsyntax.TokenDot {
		return true
	}
	return i+1 < len(tokens) && (tokens[i+1].Type == hclsyntax.TokenOParen || tokens[i+1].Type == hclsyntax.TokenDot)
}

func namesThings(t hclsyntax.Token) bool {
	return t.Type == hclsyntax.TokenIdent && (string(t.Bytes) == "env" || string(t.Bytes) == "file")
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
