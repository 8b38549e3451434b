package column

import (
	"fmt"
	"strings"
)

// Names of formats that are no pattern.
const (
	layoutMillis  = "millis"  // milliseconds since 1970, as Firehose has it
	layoutSeconds = "seconds" // seconds since 1970
)

// A timeRule says how timestamps are read beside or instead of parseTimestamp.
type timeRule struct {
	layouts []layout
	only    bool // and in no other way
}

// newTimeRule returns nil when the serde has no rule of its own. Its formats
// have been checked.
func newTimeRule(d *Serde) *timeRule {
	if len(d.TimestampFormats) == 0 && !d.isHive() {
		return nil
	}
	r := &timeRule{only: d.isHive()}
	for _, f := range d.TimestampFormats {
		l, err := parseLayout(f)
		if err != nil {
			panic(err)
		}
		r.layouts = append(r.layouts, l)
	}
	return r
}

// parse reads the text of a timestamp by the first format that fits.
func (r *timeRule) parse(b []byte) (seconds int64, nanos int32, ok bool) {
	for _, l := range r.layouts {
		if seconds, nanos, ok = l.parse(b); ok {
			return seconds, nanos, true
		}
	}
	if r.only && len(r.layouts) == 0 {
		return sqlTimestamp(b)
	}
	return 0, 0, false
}

// why explains that b has none of the formats.
func (r *timeRule) why(b []byte) string {
	if len(r.layouts) == 0 {
		return "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"
	}
	return fmt.Sprintf("Invalid format: %q", Excerpt(b))
}

// sqlTimestamp reads what java.sql.Timestamp.valueOf takes, which is what the
// Hive SerDe does without formats.
func sqlTimestamp(b []byte) (seconds int64, nanos int32, ok bool) {
	days, b, ok := readDate(b)
	if !ok || len(b) == 0 || b[0] != ' ' {
		return 0, 0, false
	}
	ofDay, nanos, b, ok := readClock(b[1:])
	return days*86400 + ofDay, nanos, ok && len(b) == 0
}

// A layout is a pattern of Joda-Time (DateTimeFormat), or the text of a Unix
// time.
type layout struct {
	unix  string // layoutMillis or layoutSeconds
	parts []layoutPart
}

// A layoutPart is a run of one pattern letter, or text.
type layoutPart struct {
	letter byte // 0 for text
	width  int  // how many letters
	most   int  // digits at most
	text   string
}

// patternLetters are the letters that can be read, with the most digits of
// their number; 0 for what is no number.
var patternLetters = map[byte]int{
	'y': 9, 'Y': 9, 'x': 9, 'M': 2, 'd': 2, 'D': 3, 'H': 2, 'k': 2, 'h': 2, 'K': 2,
	'm': 2, 's': 2, 'S': 9, 'a': 0, 'E': 0, 'Z': 0, 'z': 0,
}

// parseLayout reads a pattern. Its letters are Joda's; those of weeks, eras
// and centuries are refused, since no date follows from them.
func parseLayout(pattern string) (layout, error) {
	if pattern == layoutMillis || pattern == layoutSeconds {
		return layout{unix: pattern}, nil
	}
	bad := func(format string, args ...any) (layout, error) {
		return layout{}, fmt.Errorf("column: timestamp format %s: %s", quote(pattern), fmt.Sprintf(format, args...))
	}
	var l layout
	seen := map[byte]bool{}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n := quotedText(pattern[i:])
			if n == 0 {
				return bad("a quote is not closed")
			}
			l.addText(text)
			i += n
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			n := len(pattern[i:]) - len(strings.TrimLeft(pattern[i:], string(c)))
			most, ok := patternLetters[c]
			if !ok {
				return bad("the letter %c can't be read; use y, M, d, D, H, k, h, K, m, s, S, a, E, Z, z and text in single quotes, or write millis or seconds", c)
			}
			seen[c] = true
			l.parts = append(l.parts, layoutPart{letter: c, width: n, most: digitsOf(c, n, most)})
			i += n
		default:
			l.addText(pattern[i : i+1])
			i++
		}
	}
	if !seen['y'] && !seen['Y'] && !seen['x'] {
		return bad("it has no year (yyyy)")
	}
	l.limitNeighbours()
	return l, nil
}

// digitsOf returns how many digits a run of n letters reads at most; -1 for a
// month's name, and -2 for a year of two digits.
func digitsOf(c byte, n, most int) int {
	switch {
	case c == 'M' && n >= 3:
		return -1
	case (c == 'y' || c == 'Y' || c == 'x') && n == 2:
		return -2
	case c == 'S':
		return min(n, 9)
	case most > 0:
		return max(most, n)
	}
	return most
}

func (l *layout) addText(text string) {
	if n := len(l.parts); n > 0 && l.parts[n-1].letter == 0 {
		l.parts[n-1].text += text
		return
	}
	l.parts = append(l.parts, layoutPart{text: text})
}

// limitNeighbours makes numbers without anything between them take exactly
// their letters, as in yyyyMMdd.
func (l *layout) limitNeighbours() {
	for i := 0; i+1 < len(l.parts); i++ {
		p, next := &l.parts[i], &l.parts[i+1]
		if p.letter != 0 && p.most > 0 && next.letter != 0 && (next.most > 0 || next.most == -2) {
			p.most = p.width
		}
	}
}

// quotedText reads text in single quotes; two of them are one. n is 0 when it
// does not end.
func quotedText(s string) (text string, n int) {
	if strings.HasPrefix(s, "''") {
		return "'", 2
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 == len(s) || s[i+1] != '\'' {
			return b.String(), i + 1
		}
		b.WriteByte('\'')
		i++
	}
	return "", 0
}

// A moment is what the letters of a pattern say. What none says is the start
// of 1970 in UTC.
type moment struct {
	year, month, day, ofYear int
	hour, minute, second     int
	nanos                    int32
	half                     int // 0: 24 hours; 1: am; 2: pm
	offset                   int64
}

// parse reads all of b.
func (l *layout) parse(b []byte) (seconds int64, nanos int32, ok bool) {
	if l.unix != "" {
		return l.parseUnix(b)
	}
	m := moment{year: 1970, month: 1, day: 1}
	for i := range l.parts {
		if b, ok = l.parts[i].read(b, &m); !ok {
			return 0, 0, false
		}
	}
	if len(b) > 0 {
		return 0, 0, false
	}
	return m.time()
}

func (l *layout) parseUnix(b []byte) (seconds int64, nanos int32, ok bool) {
	v, whole, fits := int64(0), false, false
	if isNumber(b) {
		v, whole, fits = parseInt(b)
	}
	if !whole || !fits {
		return 0, 0, false
	}
	if seconds = v; l.unix == layoutMillis {
		seconds, nanos = floorDivide(v, 1000)
		nanos *= 1e6
	}
	return seconds, nanos, seconds >= minSecond && seconds <= maxSecond
}

// read takes one part of the pattern from the start of b.
func (p *layoutPart) read(b []byte, m *moment) (rest []byte, ok bool) {
	switch p.letter {
	case 0:
		if len(b) < len(p.text) || string(b[:len(p.text)]) != p.text {
			return nil, false
		}
		return b[len(p.text):], true
	case 'a':
		return readHalf(b, m)
	case 'E':
		return readName(b, weekdays, nil)
	case 'Z', 'z':
		return readOffset(b, m)
	case 'S':
		return p.readFraction(b, m)
	case 'M':
		if p.most < 0 {
			return readName(b, months, &m.month)
		}
	}
	return p.readNumber(b, m)
}

func (p *layoutPart) readNumber(b []byte, m *moment) (rest []byte, ok bool) {
	most := p.most
	if most == -2 {
		most = 9
	}
	v, n := 0, 0
	for n < len(b) && n < most && b[n]-'0' <= 9 {
		v = v*10 + int(b[n]-'0')
		n++
	}
	if n == 0 {
		return nil, false
	}
	switch p.letter {
	case 'M':
		m.month = v
	case 'd':
		m.day = v
	case 'D':
		m.ofYear = v
	case 'H', 'K', 'h':
		m.hour = v
	case 'k':
		m.hour = v % 24
		ok = v >= 1 && v <= 24
		return b[n:], ok
	case 'm':
		m.minute = v
	case 's':
		m.second = v
	default:
		m.year = v
		if p.most == -2 && n == 2 {
			m.year = 1900 + v + 100*(1-v/70)
		}
	}
	if p.letter == 'h' {
		m.hour = v % 12
		return b[n:], v >= 1 && v <= 12
	}
	return b[n:], p.letter != 'K' || v <= 11
}

func (p *layoutPart) readFraction(b []byte, m *moment) (rest []byte, ok bool) {
	n := 0
	for n < len(b) && n < p.most && b[n]-'0' <= 9 {
		n++
	}
	m.nanos, _, ok = readFraction(b[:n])
	return b[n:], ok
}

func readHalf(b []byte, m *moment) (rest []byte, ok bool) {
	if len(b) < 2 || b[1]|0x20 != 'm' {
		return nil, false
	}
	switch b[0] | 0x20 {
	case 'a':
		m.half = 1
	case 'p':
		m.half = 2
	default:
		return nil, false
	}
	return b[2:], true
}

// readOffset takes Z, UTC, GMT, +hh, +hhmm or +hh:mm.
func readOffset(b []byte, m *moment) (rest []byte, ok bool) {
	n := 1
	switch {
	case len(b) >= 3 && (isFold(b[:3], "utc") || isFold(b[:3], "gmt")):
		return b[3:], true
	case len(b) > 0 && (b[0] == '+' || b[0] == '-'):
		for n < len(b) && n < 6 && (b[n]-'0' <= 9 || b[n] == ':' && n == 3) {
			n++
		}
	}
	if n > len(b) || len(b) == 0 {
		return nil, false
	}
	m.offset, ok = readZone(b[:n])
	return b[n:], ok
}

var (
	months = []string{"january", "february", "march", "april", "may", "june", "july",
		"august", "september", "october", "november", "december"}
	weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)

// readName takes one of the names, whole or its first three letters.
func readName(b []byte, names []string, number *int) (rest []byte, ok bool) {
	for i, name := range names {
		for _, n := range []int{len(name), 3} {
			if len(b) >= n && isFold(b[:n], name[:n]) {
				if number != nil {
					*number = i + 1
				}
				return b[n:], true
			}
		}
	}
	return nil, false
}

func (m *moment) time() (seconds int64, nanos int32, ok bool) {
	if m.half == 2 {
		m.hour += 12
	}
	if m.half > 0 && m.hour > 23 || m.hour > 23 || m.minute > 59 || m.second > 59 || m.year < 1 || m.year > 9999 {
		return 0, 0, false
	}
	var days int64
	if m.ofYear > 0 {
		if m.ofYear > 337+daysIn(m.year, 2) {
			return 0, 0, false
		}
		days = daysSince1970(m.year, 1, 1) + int64(m.ofYear) - 1
	} else {
		if m.month < 1 || m.month > 12 || m.day < 1 || m.day > daysIn(m.year, m.month) {
			return 0, 0, false
		}
		days = daysSince1970(m.year, m.month, m.day)
	}
	seconds = days*86400 + int64(m.hour*3600+m.minute*60+m.second) - m.offset
	return seconds, m.nanos, seconds >= minSecond && seconds <= maxSecond
}
