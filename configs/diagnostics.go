package configs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Diagnostics are the mistakes and warnings found in a configuration, in the
// order of files and lines. The zero value holds none. No secret appears in
// any of its forms.
type Diagnostics struct {
	list    hcl.Diagnostics
	sources map[string]*source // by file name as in the ranges
	hide    []string           // values that must not be shown
}

// HasErrors says whether anything is an error, and not only a warning.
func (d Diagnostics) HasErrors() bool { return d.list.HasErrors() }

// Len returns how many errors and warnings there are.
func (d Diagnostics) Len() int { return len(d.list) }

// Counts returns the number of errors and of warnings.
func (d Diagnostics) Counts() (errors, warnings int) {
	for _, one := range d.list {
		if one.Severity == hcl.DiagError {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// Error tells the first error in one line, and how many more there are. It
// is "" when there is no error.
func (d Diagnostics) Error() string {
	errors, _ := d.Counts()
	for _, e := range d.Entries() {
		if e.Severity != "error" {
			continue
		}
		text := e.Summary + ": " + oneLine(e.Detail)
		if e.File != "" {
			text = fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, text)
		}
		if errors > 1 {
			text += fmt.Sprintf(" (and %d more)", errors-1)
		}
		return text
	}
	return ""
}

// Err returns d as an error when it has errors, and nil otherwise.
func (d Diagnostics) Err() error {
	if !d.HasErrors() {
		return nil
	}
	return d
}

// An Entry is one error or warning as it's given to machines.
type Entry struct {
	Severity string    `json:"severity"` // "error" or "warning"
	Summary  string    `json:"summary"`  // what is wrong, a few words
	Detail   string    `json:"detail"`   // what is wrong and what to write instead
	File     string    `json:"file,omitempty"`
	Line     int       `json:"line,omitempty"`   // from 1; 0: about no place in a file
	Column   int       `json:"column,omitempty"` // from 1, in characters
	End      *Position `json:"end,omitempty"`    // just after the last character meant
}

// A Position is a place in a file, both counted from 1.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Entries returns all errors and warnings.
func (d Diagnostics) Entries() []Entry {
	entries := make([]Entry, 0, len(d.list))
	for _, one := range d.list {
		e := Entry{Severity: severity(one), Summary: d.redact(one.Summary), Detail: d.redact(one.Detail)}
		if r := one.Subject; r != nil {
			e.File, e.Line, e.Column = r.Filename, r.Start.Line, r.Start.Column
			e.End = &Position{r.End.Line, r.End.Column}
		}
		entries = append(entries, e)
	}
	return entries
}

// MarshalJSON writes d as a list of [Entry].
func (d Diagnostics) MarshalJSON() ([]byte, error) { return json.Marshal(d.Entries()) }

// redact takes the values out of text that must not be shown.
func (d Diagnostics) redact(text string) string {
	for _, secret := range d.hide {
		text = strings.ReplaceAll(text, secret, "(secret)")
	}
	return text
}

// sortByPlace brings what is told into the order of files and lines.
func (d *Diagnostics) sortByPlace(files []string) {
	slices.SortStableFunc(d.list, func(a, b *hcl.Diagnostic) int {
		if a.Subject == nil || b.Subject == nil {
			return cmp.Compare(boolInt(a.Subject != nil), boolInt(b.Subject != nil))
		}
		return cmp.Or(
			cmp.Compare(slices.Index(files, a.Subject.Filename), slices.Index(files, b.Subject.Filename)),
			cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte),
		)
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func severity(d *hcl.Diagnostic) string {
	if d.Severity == hcl.DiagError {
		return "error"
	}
	return "warning"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sentence ends text with a full stop.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// capital begins text with a capital letter, unless it begins with a letter
// that stands for itself.
func capital(text string) string {
	if text == "" || len(text) > 1 && text[1] == ' ' {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
