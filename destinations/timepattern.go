package destinations

import (
	"fmt"
	"strings"
	"time"
)

// A timePattern is a pattern of java.time.format.DateTimeFormatter in the
// locale en_US: weeks begin on Sunday and January 1st is in week 1. Optional
// sections are always printed, for an instant has all fields.
type timePattern struct{ fields []timeField }

// A timeField is a run of one letter, or literal text when letter is 0.
type timeField struct {
	letter byte
	count  int
	text   string
	pos    int // in the pattern, in bytes
}

func (p timePattern) append(out []byte, t time.Time) []byte {
	for i := range p.fields {
		f := &p.fields[i]
		if f.letter == 0 {
			out = append(out, f.text...)
			continue
		}
		out = letterOf(f.letter).append(out, t, f.letter, f.count)
	}
	return out
}

// parseTimePattern reads a pattern for times in loc.
func parseTimePattern(s string, loc *time.Location) (timePattern, *PrefixError) {
	var p timePattern
	open := 0 // optional sections
	for pos := 0; pos < len(s); {
		f, next, err := nextField(s, pos, loc)
		if err != nil {
			return p, err
		}
		switch s[pos] {
		case '[':
			open++
		case ']':
			if open--; open < 0 {
				return p, &PrefixError{pos, 1, "] without a [ before it", "quote it: ']'"}
			}
		default:
			p.fields = append(p.fields, f)
		}
		pos = next
	}
	return p, nil
}

// nextField reads the field at pos and returns where the next one begins.
func nextField(s string, pos int, loc *time.Location) (timeField, int, *PrefixError) {
	c := s[pos]
	switch {
	case c == '\'':
		return quotedField(s, pos)
	case c == '{' || c == '#':
		return timeField{}, 0, &PrefixError{pos, 1, fmt.Sprintf("%c is reserved in a time pattern", c), fmt.Sprintf("quote it: '%c'", c)}
	case !isLetter(c):
		return timeField{text: s[pos : pos+1], pos: pos}, pos + 1, nil
	}
	end := pos
	for end < len(s) && s[end] == c {
		end++
	}
	f := timeField{letter: c, count: end - pos, pos: pos}
	if err := checkLetter(f, loc); err != nil {
		return f, 0, err
	}
	return f, end, nil
}

// quotedField reads a quoted text. Two quotes stand for one, inside and outside.
func quotedField(s string, pos int) (timeField, int, *PrefixError) {
	var text strings.Builder
	for i := pos + 1; i < len(s); i++ {
		if s[i] != '\'' {
			text.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			text.WriteByte('\'')
			i++
			continue
		}
		if i == pos+1 {
			text.WriteByte('\'')
		}
		return timeField{text: text.String(), pos: pos}, i + 1, nil
	}
	return timeField{}, 0, &PrefixError{pos, len(s) - pos, "the quoted text has no end", "close it with ', or write '' for one quote"}
}

func checkLetter(f timeField, loc *time.Location) *PrefixError {
	l := letterOf(f.letter)
	if l == nil {
		return &PrefixError{f.pos, f.count, fmt.Sprintf("%c is not a letter of time patterns", f.letter), letterHint(f.letter)}
	}
	if l.counts != nil && !contains(l.counts, f.count) || l.counts == nil && f.count > l.most {
		return &PrefixError{f.pos, f.count, fmt.Sprintf("%c can't be repeated %d times", f.letter, f.count), fmt.Sprintf("write it %s", l.times())}
	}
	if named := f.letter == 'v' || f.letter == 'z' && f.count == 4; named && loc.String() != "UTC" {
		return &PrefixError{f.pos, f.count, fmt.Sprintf("the name of the zone %s is not known", loc), "write VV for its identifier, or xxx for the offset"}
	}
	return nil
}

func letterHint(c byte) string {
	switch c {
	case 'T':
		return "quote it: 'T'"
	case 'j', 'J':
		return "the day of the year is DDD"
	}
	return fmt.Sprintf("text is quoted: '%c'", c)
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func contains(counts []int, n int) bool {
	for _, c := range counts {
		if c == n {
			return true
		}
	}
	return false
}
