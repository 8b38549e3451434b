package column

import (
	"bytes"
	"unicode/utf8"
)

// appendCompact appends the value at doc[i:end], whose syntax has been
// checked, without white space outside of strings. With lower, keys at every
// depth are put in small letters, as the OpenX SerDe does.
func (s *scanner) appendCompact(dst []byte, i, end int, lower bool) []byte {
	for i < end {
		switch c := s.doc[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
		case '"':
			quote, escaped := s.stringEnd(i + 1)
			text := s.doc[i : quote+1]
			i = quote + 1
			if lower && s.doc[s.blank(i)] == ':' {
				dst = appendLowerKey(dst, text, escaped)
			} else {
				dst = append(dst, text...)
			}
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// appendLowerKey appends a key with its quotes, in small letters.
func appendLowerKey(dst, quoted []byte, escaped bool) []byte {
	if !escaped && isASCII(quoted) {
		at := len(dst)
		dst = append(dst, quoted...)
		lowerASCII(dst[at:])
		return dst
	}
	key := appendUnescaped(nil, quoted[1:len(quoted)-1])
	return AppendJSONString(dst, bytes.ToLower(key))
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lowerASCII(b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends text, which is valid UTF-8, as a JSON string.
func AppendJSONString(dst, text []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// AppendJSONObject appends an object of the cells under their names, in order:
// strings, and null for a nil cell. Names and cells are valid UTF-8.
func AppendJSONObject(dst []byte, names []string, cells [][]byte) []byte {
	dst = append(dst, '{')
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSONString(dst, []byte(names[i]))
		dst = append(dst, ':')
		if cell == nil {
			dst = append(dst, "null"...)
		} else {
			dst = AppendJSONString(dst, cell)
		}
	}
	return append(dst, '}')
}
