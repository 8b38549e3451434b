package column

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUnescaped appends the text of a JSON string, whose escapes have been
// checked, to dst. A surrogate without its partner becomes U+FFFD.
func appendUnescaped(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if text[i+1] != 'u' {
			dst = append(dst, simpleEscape(text[i+1]))
			text = text[i+2:]
			continue
		}
		r := hex4(text[i+2 : i+6])
		text = text[i+6:]
		if utf16.IsSurrogate(r) {
			r, text = surrogates(r, text)
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// surrogates joins a surrogate with the escape at the start of text if that is
// its partner, and returns what follows.
func surrogates(high rune, text []byte) (rune, []byte) {
	if len(text) >= 6 && text[0] == '\\' && text[1] == 'u' {
		if r := utf16.DecodeRune(high, hex4(text[2:6])); r != utf8.RuneError {
			return r, text[6:]
		}
	}
	return utf8.RuneError, text
}

func simpleEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 reads four hexadecimal digits; -1: it isn't four of them.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}
