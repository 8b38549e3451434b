package destinations

import (
	"testing"
	"time"
)

var (
	kathmandu = mustZone("Asia/Kathmandu")
	sunday    = time.Date(2026, 12, 27, 0, 5, 9, 123456789, kathmandu) // in the week of 2027-01-01
	utcNoon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func mustZone(name string) *time.Location {
	loc, err := ParseTimeZone(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// The wanted texts are what OpenJDK 17 prints with Locale.US, save F.
func TestTimePatternsPrintWhatJavaPrints(t *testing.T) {
	for _, c := range []struct{ pattern, sunday, noon string }{
		{"G", "AD", "AD"}, {"GGGG", "Anno Domini", "Anno Domini"}, {"GGGGG", "A", "A"},
		{"u", "2026", "2026"}, {"uu", "26", "26"}, {"uuuuuu", "002026", "002026"},
		{"y", "2026", "2026"}, {"yy", "26", "26"}, {"yyy", "2026", "2026"}, {"yyyy", "2026", "2026"}, {"yyyyy", "02026", "02026"},
		{"Y", "2027", "2026"}, {"YY", "27", "26"}, {"YYYY", "2027", "2026"}, {"YYYYY", "02027", "02026"},
		{"D", "361", "60"}, {"DD", "361", "60"}, {"DDD", "361", "060"},
		{"M", "12", "3"}, {"MM", "12", "03"}, {"MMM", "Dec", "Mar"}, {"MMMM", "December", "March"}, {"MMMMM", "D", "M"},
		{"L", "12", "3"}, {"LL", "12", "03"}, {"LLL", "Dec", "Mar"}, {"LLLL", "December", "March"}, {"LLLLL", "D", "M"},
		{"d", "27", "1"}, {"dd", "27", "01"},
		{"g", "61401", "61100"}, {"ggggggg", "0061401", "0061100"},
		{"Q", "4", "1"}, {"QQ", "04", "01"}, {"QQQ", "Q4", "Q1"}, {"QQQQ", "4th quarter", "1st quarter"}, {"QQQQQ", "4", "1"},
		{"q", "4", "1"}, {"qqqq", "4th quarter", "1st quarter"},
		{"w", "1", "10"}, {"ww", "01", "10"}, {"W", "5", "1"}, {"F", "4", "1"},
		{"E", "Sun", "Sun"}, {"EEE", "Sun", "Sun"}, {"EEEE", "Sunday", "Sunday"}, {"EEEEE", "S", "S"},
		{"e", "1", "1"}, {"ee", "01", "01"}, {"eee", "Sun", "Sun"}, {"eeee", "Sunday", "Sunday"},
		{"c", "1", "1"}, {"ccc", "Sun", "Sun"}, {"cccc", "Sunday", "Sunday"}, {"ccccc", "S", "S"},
		{"a", "AM", "PM"}, {"B", "at night", "noon"}, {"BBBB", "at night", "noon"}, {"BBBBB", "at night", "n"},
		{"h", "12", "12"}, {"hh", "12", "12"}, {"K", "0", "0"}, {"k", "24", "12"}, {"kk", "24", "12"}, {"H", "0", "12"}, {"HH", "00", "12"},
		{"m", "5", "0"}, {"mm", "05", "00"}, {"s", "9", "0"}, {"ss", "09", "00"},
		{"S", "1", "0"}, {"SS", "12", "00"}, {"SSS", "123", "000"}, {"SSSSSSSSS", "123456789", "000000000"},
		{"A", "309123", "43200000"}, {"AAAAAAAAAA", "0000309123", "0043200000"},
		{"n", "123456789", "0"}, {"nnnnnnnnnn", "0123456789", "0000000000"}, {"N", "309123456789", "43200000000000"},
		{"VV", "Asia/Kathmandu", "UTC"},
		{"O", "GMT+5:45", "GMT"}, {"OOOO", "GMT+05:45", "GMT"},
		{"X", "+0545", "Z"}, {"XX", "+0545", "Z"}, {"XXX", "+05:45", "Z"}, {"XXXX", "+0545", "Z"}, {"XXXXX", "+05:45", "Z"},
		{"x", "+0545", "+00"}, {"xx", "+0545", "+0000"}, {"xxx", "+05:45", "+00:00"}, {"xxxx", "+0545", "+0000"}, {"xxxxx", "+05:45", "+00:00"},
		{"Z", "+0545", "+0000"}, {"ZZZ", "+0545", "+0000"}, {"ZZZZ", "GMT+05:45", "GMT"}, {"ZZZZZ", "+05:45", "Z"},
		{"yyyy''MM'x''y'", "2026'12x'y", "2026'03x'y"}, {"[yyyy", "2026", "2026"}, {"[[yyyy]-MM]", "2026-12", "2026-03"},
		{"yyyy-MM-dd'T'HH:mm", "2026-12-27T00:05", "2026-03-01T12:00"}, {"'}'", "}", "}"}, {"年yyyy", "年2026", "年2026"},
	} {
		p, err := parseTimePattern(c.pattern, kathmandu)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := string(p.append(nil, sunday)); got != c.sunday {
			t.Errorf("%s of %v = %q, want %q", c.pattern, sunday, got, c.sunday)
		}
		if got := string(p.append(nil, utcNoon)); got != c.noon {
			t.Errorf("%s of %v = %q, want %q", c.pattern, utcNoon, got, c.noon)
		}
	}
}

func TestZoneNamesAreKnownOfUTC(t *testing.T) {
	for pattern, want := range map[string]string{"z": "UTC", "zzz": "UTC", "zzzz": "Coordinated Universal Time", "v": "UTC", "vvvv": "Coordinated Universal Time"} {
		p, err := parseTimePattern(pattern, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if got := string(p.append(nil, utcNoon)); got != want {
			t.Errorf("%s = %q, want %q", pattern, got, want)
		}
	}
	for _, pattern := range []string{"zzzz", "v", "vvvv"} {
		if _, err := parseTimePattern(pattern, kathmandu); err == nil {
			t.Errorf("%s is accepted for a zone whose name is not known", pattern)
		}
	}
}

func TestDayPeriodsFollowTheClock(t *testing.T) {
	want := map[int]string{0: "at night", 5: "at night", 6: "in the morning", 11: "in the morning", 12: "in the afternoon", 17: "in the afternoon", 18: "in the evening", 20: "in the evening", 21: "at night"}
	p, _ := parseTimePattern("B", time.UTC)
	for hour, period := range want {
		if got := string(p.append(nil, time.Date(2026, 1, 1, hour, 1, 0, 0, time.UTC))); got != period {
			t.Errorf("B at %d:01 = %q, want %q", hour, got, period)
		}
	}
}

func TestBadTimePatternsAreRefusedWhereTheyAreBad(t *testing.T) {
	for _, c := range []struct {
		pattern  string
		pos, len int
	}{
		{"cc", 0, 2}, {"GGGGGG", 0, 6}, {"yyyy-aa", 5, 2}, {"FF", 0, 2}, {"ddd", 0, 3}, {"DDDD", 0, 4}, {"SSSSSSSSSS", 0, 10},
		{"WW", 0, 2}, {"www", 0, 3}, {"VVV", 0, 3}, {"V", 0, 1}, {"p", 0, 1}, {"vv", 0, 2}, {"OO", 0, 2}, {"XXXXXX", 0, 6},
		{"ZZZZZZ", 0, 6}, {"zzzzz", 0, 5}, {"BB", 0, 2}, {"yyyy{", 4, 1}, {"#", 0, 1}, {"]", 0, 1}, {"yyyy'abc", 4, 4},
		{"yyyyyyyyyyyyyyyyyyyy", 0, 20}, {"yyyyTHH", 4, 1},
		{"C", 0, 1}, {"I", 0, 1}, {"J", 0, 1}, {"P", 0, 1}, {"R", 0, 1}, {"T", 0, 1}, {"U", 0, 1}, {"b", 0, 1},
		{"f", 0, 1}, {"i", 0, 1}, {"j", 0, 1}, {"l", 0, 1}, {"o", 0, 1}, {"r", 0, 1}, {"t", 0, 1},
	} {
		_, err := parseTimePattern(c.pattern, time.UTC)
		if err == nil {
			t.Errorf("%s is accepted", c.pattern)
		} else if err.Pos != c.pos || err.Len != c.len || err.Message == "" || err.Hint == "" {
			t.Errorf("%s: %+v, want position %d, length %d, a message and a hint", c.pattern, err, c.pos, c.len)
		}
	}
}
