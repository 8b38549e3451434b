package term

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

func isControl(r rune) bool { return unicode.IsControl(r) || r == '\u202e' || r == '\u2028' }

// plainRune writes the first character of s, escaped if need be, and returns
// how many bytes of s it was.
func plainRune(b *strings.Builder, s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		fmt.Fprintf(b, `\x%02x`, s[0])
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case isControl(r) && r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case isControl(r):
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		b.WriteString(s[:n])
	}
	return n
}

// Cut shortens s to at most n characters, the last of them an ellipsis when
// something was left out.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	return string([]rune(s)[:n-1]) + "…"
}

// Wrap breaks text into lines of at most n characters, at blanks. A word that
// is longer has a line of its own.
func Wrap(text string, n int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		if used > 0 && used+1+size > n {
			lines, line, used = append(lines, line), "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+size
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}
