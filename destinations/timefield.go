package destinations

import (
	"fmt"
	"strconv"
	"time"
)

// A timeLetter is what one pattern letter prints. Letters, counts and results
// are those of java.time.format.DateTimeFormatterBuilder.appendPattern.
type timeLetter struct {
	most   int   // longest run
	counts []int // the allowed runs, where they aren't 1 to most
	append func(out []byte, t time.Time, letter byte, count int) []byte
}

// times says how often the letter may stand.
func (l *timeLetter) times() string {
	if l.counts != nil {
		return fmt.Sprintf("%d or %d times", l.counts[0], l.counts[len(l.counts)-1])
	}
	if l.most == 1 {
		return "once"
	}
	return fmt.Sprintf("1 to %d times", l.most)
}

// letterOf returns nil for what isn't a letter of patterns.
func letterOf(c byte) *timeLetter {
	l := &timeLetters[c&0x7f]
	if l.append == nil {
		return nil
	}
	return l
}

// timeLetters is never written.
var timeLetters = [128]timeLetter{
	'G': {most: 5, append: appendEra},
	'u': {most: 19, append: appendYear}, 'y': {most: 19, append: appendYear},
	'Y': {most: 19, append: appendWeekYear},
	'M': {most: 5, append: appendMonth}, 'L': {most: 5, append: appendMonth},
	'Q': {most: 5, append: appendQuarter}, 'q': {most: 5, append: appendQuarter},
	'd': number(2, func(t time.Time) int64 { return int64(t.Day()) }),
	'D': number(3, func(t time.Time) int64 { return int64(t.YearDay()) }),
	'g': number(19, modifiedJulianDay),
	'w': number(2, func(t time.Time) int64 { return int64(weekOfYear(t)) }),
	'W': number(1, func(t time.Time) int64 { return int64(weekOfMonth(t)) }),
	// The how-manieth of its weekday in the month, as documented; Java before
	// release 19 printed something else.
	'F': number(1, func(t time.Time) int64 { return int64((t.Day()-1)/7 + 1) }),
	'E': {most: 5, append: appendWeekday}, 'e': {most: 5, append: appendWeekday},
	'c': {counts: []int{1, 3, 4, 5}, append: appendWeekday},
	'a': {most: 1, append: func(out []byte, t time.Time, _ byte, _ int) []byte { return t.AppendFormat(out, "PM") }},
	'B': {counts: []int{1, 4, 5}, append: appendDayPeriod},
	'H': number(2, func(t time.Time) int64 { return int64(t.Hour()) }),
	'k': number(2, func(t time.Time) int64 { return int64((t.Hour()+23)%24 + 1) }),
	'K': number(2, func(t time.Time) int64 { return int64(t.Hour() % 12) }),
	'h': number(2, func(t time.Time) int64 { return int64((t.Hour()+11)%12 + 1) }),
	'm': number(2, func(t time.Time) int64 { return int64(t.Minute()) }),
	's': number(2, func(t time.Time) int64 { return int64(t.Second()) }),
	'S': {most: 9, append: appendFraction},
	'A': number(19, func(t time.Time) int64 { return nanoOfDay(t) / 1e6 }),
	'n': number(19, func(t time.Time) int64 { return int64(t.Nanosecond()) }),
	'N': number(19, nanoOfDay),
	'V': {counts: []int{2}, append: appendZoneID},
	'v': {counts: []int{1, 4}, append: appendZoneName}, 'z': {most: 4, append: appendZoneName},
	'O': {counts: []int{1, 4}, append: appendLocalizedOffset},
	'X': {most: 5, append: appendOffset}, 'x': {most: 5, append: appendOffset},
	'Z': {most: 5, append: appendOffset},
}

// number prints a field in at least as many digits as the letter is repeated.
func number(most int, field func(time.Time) int64) timeLetter {
	return timeLetter{most: most, append: func(out []byte, t time.Time, _ byte, count int) []byte {
		return appendPadded(out, field(t), count)
	}}
}

func appendPadded(out []byte, n int64, width int) []byte {
	digits := strconv.AppendInt(nil, n, 10)
	for range width - len(digits) {
		out = append(out, '0')
	}
	return append(out, digits...)
}

// pick returns the text for a run of count letters: short, full or narrow.
func pick(count int, short, full, narrow string) string {
	switch count {
	case 4:
		return full
	case 5:
		return narrow
	}
	return short
}

func appendEra(out []byte, _ time.Time, _ byte, count int) []byte {
	return append(out, pick(count, "AD", "Anno Domini", "A")...)
}

func appendYear(out []byte, t time.Time, _ byte, count int) []byte {
	return appendYearNumber(out, t.Year(), count)
}

func appendWeekYear(out []byte, t time.Time, _ byte, count int) []byte {
	return appendYearNumber(out, saturday(t).Year(), count)
}

func appendYearNumber(out []byte, year, count int) []byte {
	if count == 2 {
		return appendPadded(out, int64(year%100), 2)
	}
	if count >= 4 && len(strconv.Itoa(year)) > count {
		out = append(out, '+')
	}
	return appendPadded(out, int64(year), count)
}

func appendMonth(out []byte, t time.Time, _ byte, count int) []byte {
	if count <= 2 {
		return appendPadded(out, int64(t.Month()), count)
	}
	name := t.Month().String()
	return append(out, pick(count, name[:3], name, name[:1])...)
}

func appendQuarter(out []byte, t time.Time, _ byte, count int) []byte {
	q := int(t.Month()-1)/3 + 1
	if count <= 2 {
		return appendPadded(out, int64(q), count)
	}
	full := [...]string{"1st", "2nd", "3rd", "4th"}[q-1] + " quarter"
	return append(out, pick(count, fmt.Sprintf("Q%d", q), full, strconv.Itoa(q))...)
}

// appendWeekday prints E as a name, and short runs of e and c as a number from
// Sunday, which is 1.
func appendWeekday(out []byte, t time.Time, letter byte, count int) []byte {
	if letter != 'E' && count <= 2 {
		return appendPadded(out, int64(t.Weekday())+1, count)
	}
	name := t.Weekday().String()
	return append(out, pick(count, name[:3], name, name[:1])...)
}

// appendDayPeriod prints the English periods of the day (Unicode CLDR).
func appendDayPeriod(out []byte, t time.Time, _ byte, count int) []byte {
	hour := t.Hour()
	switch {
	case hour == 0 && t.Minute() == 0:
		return append(out, pick(count, "midnight", "midnight", "mi")...)
	case hour == 12 && t.Minute() == 0:
		return append(out, pick(count, "noon", "noon", "n")...)
	case hour < 6 || hour >= 21:
		return append(out, "at night"...)
	case hour < 12:
		return append(out, "in the morning"...)
	case hour < 18:
		return append(out, "in the afternoon"...)
	}
	return append(out, "in the evening"...)
}

func appendFraction(out []byte, t time.Time, _ byte, count int) []byte {
	return append(out, fmt.Sprintf("%09d", t.Nanosecond())[:count]...)
}

// saturday returns the last day of t's week.
func saturday(t time.Time) time.Time {
	return calendarDay(t).AddDate(0, 0, int(time.Saturday-t.Weekday()))
}

// calendarDay returns t's date as a day that has no change of the clock.
func calendarDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func weekOfYear(t time.Time) int { return (saturday(t).YearDay()-1)/7 + 1 }

func weekOfMonth(t time.Time) int {
	first := calendarDay(t).AddDate(0, 0, 1-t.Day())
	return (t.Day()-1+int(first.Weekday()))/7 + 1
}

// modifiedJulianDay counts days from 1858-11-17.
func modifiedJulianDay(t time.Time) int64 {
	const unixEpoch = 40587
	return calendarDay(t).Unix()/86400 + unixEpoch
}

// nanoOfDay counts by the clock, not by what passed since midnight.
func nanoOfDay(t time.Time) int64 {
	seconds := (t.Hour()*60+t.Minute())*60 + t.Second()
	return int64(seconds)*1e9 + int64(t.Nanosecond())
}
