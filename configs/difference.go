package configs

import (
	"maps"
	"slices"
	"strings"
)

// A Change is an argument that two configurations give different values; "" is
// none.
type Change struct {
	Path string `json:"path"`
	From string `json:"from"`
	To   string `json:"to"`
	// AtStart says that a running daemon keeps the old value until it is
	// started again.
	AtStart bool `json:"at_start,omitempty"`
}

// A Difference is what changes from one configuration to another.
type Difference struct {
	Server  []Change       `json:"server"`
	Added   []string       `json:"added"`
	Removed []string       `json:"removed"`
	Changed []StreamChange `json:"changed"`
}

// A StreamChange is what changes of a stream.
type StreamChange struct {
	Name    string   `json:"name"`
	Changes []Change `json:"changes"`
}

// Empty says whether nothing changes.
func (d Difference) Empty() bool {
	return len(d.Server)+len(d.Added)+len(d.Removed)+len(d.Changed) == 0
}

// live are the arguments of the server block, and blocks in it, that a running
// daemon takes over.
var live = []string{"access_key", "region", "account", "shutdown_grace", "receipts_max", "log.level", "tls"}

// Compare returns what changes from old to next, in order of path and name.
func Compare(old, next Outline) Difference {
	d := Difference{Server: compare(old.Server, next.Server), Added: []string{}, Removed: []string{}, Changed: []StreamChange{}}
	for i, c := range d.Server {
		d.Server[i].AtStart = !slices.ContainsFunc(live, func(p string) bool {
			return c.Path == p || strings.HasPrefix(c.Path, p+".")
		})
	}
	d.tlsAtStart(old, next)
	for _, name := range slices.Sorted(maps.Keys(next.Streams)) {
		before, was := old.Streams[name]
		if !was {
			d.Added = append(d.Added, name)
		} else if changes := compare(before, next.Streams[name]); len(changes) > 0 {
			d.Changed = append(d.Changed, StreamChange{name, changes})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old.Streams)) {
		if _, stays := next.Streams[name]; !stays {
			d.Removed = append(d.Removed, name)
		}
	}
	return d
}

// tlsAtStart: a listener changes between plain and encrypted at a start only.
func (d *Difference) tlsAtStart(old, next Outline) {
	has := func(o Outline) bool {
		return slices.ContainsFunc(o.Server, func(a Argument) bool { return a.Path == "tls.cert_file" })
	}
	if has(old) == has(next) {
		return
	}
	for i, c := range d.Server {
		d.Server[i].AtStart = c.AtStart || strings.HasPrefix(c.Path, "tls.")
	}
}

func compare(old, next []Argument) []Change {
	changes := []Change{}
	before := make(map[string]string, len(old))
	for _, a := range old {
		before[a.Path] = a.Value
	}
	for _, a := range next {
		if from := before[a.Path]; from != a.Value {
			changes = append(changes, Change{Path: a.Path, From: from, To: a.Value})
		}
		delete(before, a.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		changes = append(changes, Change{Path: path, From: before[path]})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes
}
