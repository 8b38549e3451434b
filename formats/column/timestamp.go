package column

import "math/bits"

// The years that dates and timestamps may have: what all readers of the
// column formats take.
const (
	minSecond = -62135596800 // 0001-01-01T00:00:00Z
	maxSecond = 253402300799 // 9999-12-31T23:59:59Z
)

// parseTimestamp reads a time: a date, and after a T or a blank a time of day
// with up to nine digits of fraction, and a zone (Z or an offset; none is UTC).
// Month, day and hour may have one digit. A date alone is its midnight.
//
// That takes all texts that Firehose's OpenX SerDe takes, and RFC 3339.
func parseTimestamp(b []byte) (seconds int64, nanos int32, ok bool) {
	days, b, ok := readDate(b)
	if !ok {
		return 0, 0, false
	}
	seconds = days * 86400
	if len(b) == 0 {
		return seconds, 0, true
	}
	if b[0] != 'T' && b[0] != ' ' && b[0] != 't' {
		return 0, 0, false
	}
	ofDay, nanos, b, ok := readClock(b[1:])
	if !ok {
		return 0, 0, false
	}
	offset, ok := readZone(b)
	seconds += ofDay - offset
	return seconds, nanos, ok && seconds >= minSecond && seconds <= maxSecond
}

// parseDate reads yyyy-M-d as days since 1970.
func parseDate(b []byte) (days int64, ok bool) {
	days, rest, ok := readDate(b)
	return days, ok && len(rest) == 0
}

// readDate takes yyyy-[M]M-[d]d from the start of b.
func readDate(b []byte) (days int64, rest []byte, ok bool) {
	if len(b) < 8 || b[4] != '-' {
		return 0, nil, false
	}
	century, ok1 := twoDigits(b)
	year, ok2 := twoDigits(b[2:])
	year += 100 * century
	month, b, ok3 := oneOrTwo(b[5:])
	if !ok1 || !ok2 || !ok3 || len(b) < 2 || b[0] != '-' {
		return 0, nil, false
	}
	day, b, ok := oneOrTwo(b[1:])
	if !ok || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, nil, false
	}
	return daysSince1970(year, month, day), b, true
}

// readClock takes [H]H:mm:ss[.fraction] from the start of b.
func readClock(b []byte) (seconds int64, nanos int32, rest []byte, ok bool) {
	hour, b, ok := oneOrTwo(b)
	if !ok || len(b) < 6 || b[0] != ':' || b[3] != ':' {
		return 0, 0, nil, false
	}
	minute, ok1 := twoDigits(b[1:])
	second, ok2 := twoDigits(b[4:])
	if !ok1 || !ok2 || hour > 23 || minute > 59 || second > 59 {
		return 0, 0, nil, false
	}
	seconds = int64(hour*3600 + minute*60 + second)
	if b = b[6:]; len(b) > 0 && b[0] == '.' {
		nanos, b, ok = readFraction(b[1:])
	}
	return seconds, nanos, b, ok
}

// readFraction takes one to nine digits.
func readFraction(b []byte) (nanos int32, rest []byte, ok bool) {
	i := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if i == 9 {
			return 0, nil, false
		}
		nanos = nanos*10 + int32(b[i]-'0')
	}
	for k := i; k < 9; k++ {
		nanos *= 10
	}
	return nanos, b[i:], i > 0
}

// readZone reads all of b: nothing, Z, +hh, +hhmm or +hh:mm.
func readZone(b []byte) (offset int64, ok bool) {
	if len(b) == 0 || len(b) == 1 && b[0]|0x20 == 'z' {
		return 0, true
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	sign := int64(1)
	if b[0] == '-' {
		sign = -1
	}
	hours, ok := twoDigits(b[1:])
	if b = b[3:]; len(b) == 0 {
		return sign * int64(hours) * 3600, ok && hours < 24
	}
	if b[0] == ':' {
		b = b[1:]
	}
	minutes, ok2 := twoDigits(b)
	return sign * int64(hours*3600+minutes*60), ok && ok2 && len(b) == 2 && hours < 24 && minutes < 60
}

func twoDigits(b []byte) (int, bool) {
	if len(b) < 2 {
		return 0, false
	}
	x, y := b[0]-'0', b[1]-'0'
	return int(x)*10 + int(y), x <= 9 && y <= 9
}

func oneOrTwo(b []byte) (v int, rest []byte, ok bool) {
	if len(b) == 0 || b[0]-'0' > 9 {
		return 0, nil, false
	}
	if len(b) == 1 || b[1]-'0' > 9 {
		return int(b[0] - '0'), b[1:], true
	}
	return int(b[0]-'0')*10 + int(b[1]-'0'), b[2:], true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts days in the Gregorian calendar. Years begin in March
// for it, so that a leap day is a year's last and months follow a straight line.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	ofYear := (153*(month-3)+2)/5 + day - 1
	return int64(year*365+year/4-year/100+year/400+ofYear) - 719468
}

// unixTime reads a number of checked grammar as seconds since 1970 or, from
// 1e12 on, as milliseconds, as the OpenX SerDe does. Fractions are exact to
// the nanosecond.
func unixTime(b []byte) (seconds int64, nanos int32, ok bool) {
	if v, whole, fits := parseInt(b); whole && fits {
		if v > -1e12 && v < 1e12 {
			return v, 0, v >= minSecond && v <= maxSecond
		}
		seconds, nanos = floorDivide(v, 1000)
		return seconds, nanos * 1e6, seconds >= minSecond && seconds <= maxSecond
	}
	s := readDigits(b)
	switch {
	case s.n == 0:
		return 0, 0, true
	case s.point <= 12:
		return s.time(9)
	case s.point <= 15:
		return s.time(6)
	}
	return 0, 0, false
}

// time reads s as a time in units of which 10^-fraction is a nanosecond.
func (s *digitString) time(fraction int) (seconds int64, nanos int32, ok bool) {
	hi, lo := s.scaled(s.point + fraction)
	quotient, rest := bits.Div64(hi, lo, 1e9) // hi is small: at most 21 digits
	seconds, nanos = int64(quotient), int32(rest)
	if s.minus {
		if seconds = -seconds; nanos > 0 {
			seconds, nanos = seconds-1, 1e9-nanos
		}
	}
	return seconds, nanos, seconds >= minSecond && seconds <= maxSecond
}

func floorDivide(v, by int64) (quotient int64, rest int32) {
	quotient, r := v/by, v%by
	if r < 0 {
		quotient, r = quotient-1, r+by
	}
	return quotient, int32(r)
}
