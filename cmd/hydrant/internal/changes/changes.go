// Package changes says in words what becomes of a daemon's streams when its
// configuration changes.
package changes

import (
	"fmt"
	"regexp"
	"strings"

	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

// A Line is one sentence; what belongs to a stream is indented below it.
type Line struct {
	Mark string // "+", "-", "~", or "" for a remark below
	Text string
}

// Words says what d changes and what happens to what is buffered; pending are
// the records of each stream that are not delivered yet.
func Words(d configs.Difference, pending map[string]int64) []Line {
	if d.Empty() {
		return []Line{{"", "Nothing changes."}}
	}
	var lines []Line
	for _, c := range d.Server {
		text := "server " + change(c)
		if c.AtStart {
			text += "; takes effect at the next start"
		}
		lines = append(lines, Line{"~", text})
		if c.Path == "data_dir" {
			lines = append(lines, Line{"", "what is pending stays in the old directory: move it while no daemon runs, or it is not delivered"})
		}
	}
	for _, name := range d.Added {
		lines = append(lines, Line{"+", "stream " + term.Plain(name) + " is added" + ifPending(pending[name], "; %s that it held before are delivered")})
	}
	for _, name := range d.Removed {
		lines = append(lines, Line{"-", "stream " + term.Plain(name) + " is removed: it takes no more records" +
			ifPending(pending[name], "; %s that it holds are delivered first, under its old configuration")})
	}
	for _, s := range d.Changed {
		lines = append(lines, changed(s, pending[s.Name])...)
	}
	return lines
}

func changed(s configs.StreamChange, pending int64) []Line {
	lines := []Line{{"~", "stream " + term.Plain(s.Name) + " is changed"}}
	cuts, objects, place := false, false, false
	for _, c := range s.Changes {
		lines = append(lines, Line{"", change(c)})
		switch {
		case strings.HasPrefix(c.Path, "buffer.idempotency_"):
		case strings.HasPrefix(c.Path, "buffer."):
			cuts = true
		default:
			objects = true
			place = place || strings.HasSuffix(c.Path, ".bucket") || strings.HasSuffix(c.Path, ".endpoint")
		}
	}
	if cuts {
		lines = append(lines, Line{"", "when a batch is cut changes at once, for the one that is being collected too"})
	}
	if objects && pending > 0 {
		lines = append(lines, Line{"", records(pending) + " are pending: a batch that is prepared already keeps its objects and their names, " +
			"all others are delivered in the new form"})
	}
	if place {
		lines = append(lines, Line{"", "what is not delivered yet goes to the new place"})
	}
	return lines
}

// masked is what stands for a secret, with a mark that tells two apart.
var masked = regexp.MustCompile(`\(secret( [0-9a-f]+)?\)`)

func change(c configs.Change) string {
	path := term.Plain(c.Path)
	from, to := shown(c.From), shown(c.To)
	switch {
	case c.From == "":
		return path + ": " + to
	case c.To == "":
		return path + ": " + from + " is taken away"
	case from == to:
		return path + ": another secret"
	}
	return path + ": " + from + " becomes " + to
}

func shown(value string) string {
	return term.Cut(term.Plain(masked.ReplaceAllString(value, "(secret)")), 200)
}

func ifPending(n int64, format string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, records(n))
}

func records(n int64) string {
	if n == 1 {
		return "1 record"
	}
	return term.Count(n) + " records"
}

// Text writes lines one below the other.
func Text(lines []Line, colour term.Palette) string {
	var b strings.Builder
	for _, l := range lines {
		switch l.Mark {
		case "+":
			b.WriteString(colour.Good("+") + " ")
		case "-":
			b.WriteString(colour.Bad("-") + " ")
		case "~":
			b.WriteString(colour.Name("~") + " ")
		default:
			b.WriteString("    ")
		}
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}
