package destinations

import (
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // every IANA zone, also where the system has none
)

// ParseTimeZone returns the zone of an IANA name, of old and of new ones;
// "" is UTC.
func ParseTimeZone(name string) (*time.Location, error) {
	if name == "Local" { // differs from machine to machine
		return nil, fmt.Errorf("time zone %q is not an IANA name, such as Europe/Paris", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q: write an IANA name, such as Europe/Paris", name)
	}
	return loc, nil
}

func appendZoneID(out []byte, t time.Time, _ byte, _ int) []byte {
	return append(out, t.Location().String()...)
}

// appendZoneName prints the abbreviation of the zone; full names and generic
// ones are known of UTC only (parseTimePattern refuses the others).
func appendZoneName(out []byte, t time.Time, _ byte, count int) []byte {
	if count == 4 {
		return append(out, "Coordinated Universal Time"...)
	}
	name, _ := t.Zone()
	return append(out, name...)
}

// appendOffset prints X, x and Z, which differ in colons, in what stands for
// zero, and in whether minutes and seconds may be left out.
func appendOffset(out []byte, t time.Time, letter byte, count int) []byte {
	_, seconds := t.Zone()
	colon := count == 3 || count == 5
	if letter == 'Z' {
		if count == 4 {
			return appendLocalizedOffset(out, t, letter, count)
		}
		colon = count == 5
	}
	zeroIsZ := letter == 'X' || letter == 'Z' && count == 5
	if seconds == 0 && zeroIsZ {
		return append(out, 'Z')
	}
	withSeconds := letter == 'Z' && count == 5 || letter != 'Z' && count >= 4
	shortHours := letter != 'Z' && count == 1
	return appendClock(out, seconds, colon, shortHours, withSeconds)
}

// appendClock prints an offset as a sign, two digits of hours and of minutes,
// and of seconds where wanted and not zero. With shortHours, minutes that are
// zero are left out.
func appendClock(out []byte, seconds int, colon, shortHours, withSeconds bool) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	out = appendPadded(append(out, sign), int64(seconds/3600), 2)
	minutes, rest := seconds/60%60, seconds%60
	if shortHours && minutes == 0 {
		return out
	}
	out = appendSexagesimal(out, minutes, colon)
	if withSeconds && rest != 0 {
		out = appendSexagesimal(out, rest, colon)
	}
	return out
}

func appendSexagesimal(out []byte, n int, colon bool) []byte {
	if colon {
		out = append(out, ':')
	}
	return appendPadded(out, int64(n), 2)
}

// appendLocalizedOffset prints GMT, GMT+8, GMT+5:45 for one letter, and
// GMT+08:00 for four.
func appendLocalizedOffset(out []byte, t time.Time, _ byte, count int) []byte {
	out = append(out, "GMT"...)
	_, seconds := t.Zone()
	if seconds == 0 {
		return out
	}
	if count == 4 {
		return appendClock(out, seconds, true, false, true)
	}
	sign, abs := byte('+'), seconds
	if seconds < 0 {
		sign, abs = '-', -seconds
	}
	out = strconv.AppendInt(append(out, sign), int64(abs/3600), 10)
	if abs%3600 != 0 {
		out = appendSexagesimal(out, abs/60%60, true)
	}
	if abs%60 != 0 {
		out = appendSexagesimal(out, abs%60, true)
	}
	return out
}
