package configs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// units are the sizes' units, the longest suffix first.
var units = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"B", 1},
}

// parseSize reads a number of bytes such as "64MiB", "1.5GB" or "512 B". Its
// errors are whole sentences for the user.
func parseSize(s string) (int64, error) {
	text := strings.TrimSpace(s)
	for _, u := range units {
		digits, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if err != nil || !plainNumber(digits) {
			break
		}
		if n *= float64(u.bytes); n >= math.MaxInt64 {
			return 0, fmt.Errorf("%s is more than a computer can count", strconv.Quote(s))
		} else if n != math.Trunc(n) {
			return 0, fmt.Errorf("%s is not a whole number of bytes", strconv.Quote(s))
		}
		return int64(n), nil
	}
	return 0, fmt.Errorf("%s is not a size. %s", strconv.Quote(s), sizeHint(text))
}

func sizeHint(text string) string {
	if text != "" && plainNumber(text) {
		return fmt.Sprintf("A size needs its unit: write %q if you mean mebibytes.", text+"MiB")
	}
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	if suffix := strings.TrimSpace(text[len(digits):]); digits != "" && plainNumber(digits) {
		for _, u := range units {
			if strings.EqualFold(suffix, u.suffix) || strings.EqualFold(suffix+"iB", u.suffix) {
				return fmt.Sprintf("Write %q.", digits+u.suffix)
			}
		}
	}
	return `Write a number with one of the units B, KiB, MiB, GiB, TiB, KB, MB, GB and TB, such as "64MiB".`
}

// plainNumber says whether s is made of digits and at most one point, so that
// neither signs, exponents, "Inf" nor hexadecimal numbers pass.
func plainNumber(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") < 2 && s != "."
}

// parseAge reads a duration that may also be a number of days: "7d".
func parseAge(s string) (time.Duration, error) {
	text := strings.TrimSpace(s)
	days, ok := strings.CutSuffix(text, "d")
	if !ok || !plainNumber(days) {
		return parseDuration(s)
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(days), 64)
	if err != nil || n > 1e5 {
		return 0, fmt.Errorf("%s is more days than a duration can hold", strconv.Quote(s))
	}
	return time.Duration(n * float64(24*time.Hour)), nil
}

// parseDuration reads a duration such as "60s" or "1h30m". Its errors are
// whole sentences for the user.
func parseDuration(s string) (time.Duration, error) {
	text := strings.TrimSpace(s)
	d, err := time.ParseDuration(text)
	switch {
	case plainNumber(text):
		return 0, fmt.Errorf(`%s has no unit. Write "%ss" for seconds`, strconv.Quote(s), text)
	case err != nil && strings.HasSuffix(text, "d") && plainNumber(strings.TrimSuffix(text, "d")):
		return 0, fmt.Errorf(`%s is not a duration: days are not a unit. Write hours, such as "24h"`, strconv.Quote(s))
	case err != nil:
		return 0, fmt.Errorf(`%s is not a duration. Write a number with one of the units ms, s, m and h, such as "60s", "5m" or "1h30m"`, strconv.Quote(s))
	case d < 0:
		return 0, fmt.Errorf("%s is less than nothing", strconv.Quote(s))
	}
	return d, nil
}
