// Package term writes for people: colours where they are seen, sizes and
// counts that can be read at a glance, tables and a progress bar. Where the
// output is no terminal it writes plain lines without control characters.
package term

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

// IsTerminal says whether w is a terminal on which a line can be redrawn.
func IsTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width returns the width of the terminal w in characters, 80 for anything
// else.
func Width(w any) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

// A Palette marks text with colours, or leaves it as it is.
type Palette struct{ on bool }

// Colours returns the palette for w: colours on a terminal, unless NO_COLOR is
// set (no-color.org) or TERM says that it knows none.
func Colours(w io.Writer) Palette {
	return Palette{IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// On says whether there are colours.
func (p Palette) On() bool { return p.on }

func (p Palette) wrap(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Bold is for headings.
func (p Palette) Bold(s string) string { return p.wrap("1", s) }

// Dim is for what may be overlooked.
func (p Palette) Dim(s string) string { return p.wrap("2", s) }

// Good is for what went well.
func (p Palette) Good(s string) string { return p.wrap("32", s) }

// Warn is for what wants a look.
func (p Palette) Warn(s string) string { return p.wrap("33", s) }

// Bad is for what failed.
func (p Palette) Bad(s string) string { return p.wrap("31", s) }

// Name is for names and commands.
func (p Palette) Name(s string) string { return p.wrap("36", s) }

// Count writes n with thousands set off by commas: 12,345.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Bytes writes n with a unit of 1024: 812 B, 1.4 KiB, 64 MiB.
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n)/1024, 0
	for v >= 1023.95 && unit < 4 {
		v /= 1024
		unit++
	}
	name := [...]string{"KiB", "MiB", "GiB", "TiB", "PiB"}[unit]
	if v >= 100 || v == float64(int64(v)) {
		return fmt.Sprintf("%.0f %s", v, name)
	}
	return fmt.Sprintf("%.1f %s", v, name)
}

// Duration writes d as people say it: 0.3 s, 12 s, 4m10s, 3h20m, 2d4h.
func Duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

// Plain makes s safe for a terminal: control characters of foreign text, which
// could move the cursor or change colours, are written as Go escapes.
func Plain(s string) string {
	clean := strings.IndexFunc(s, isControl) < 0
	if clean && strings.ToValidUTF8(s, "") == s {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		i += plainRune(&b, s[i:])
	}
	return b.String()
}
