package configs

import "strings"

// An argKind is the type of an argument's value, and of what the decoder makes
// of it.
type argKind uint8

const (
	textArg     argKind = iota + 1 // string
	secretArg                      // Secret
	sizeArg                        // int64 bytes, written "64MiB"
	durationArg                    // time.Duration, written "60s"
	ageArg                         // time.Duration, written "7d" or as any other
	countArg                       // int64
	shareArg                       // float64
	flagArg                        // bool
	listArg                        // []string
	tableArg                       // map[string]string
	anyArg                         // not evaluated by the decoder
)

// String names the kind as the documentation does.
func (k argKind) String() string {
	return [...]string{"", "string", "secret", "size", "duration", "duration", "number", "number", "bool", "list of strings", "map of strings", "any"}[k]
}

// An argSpec describes one argument: what the decoder takes, fills in and
// refuses. The text of def, min and max is in the language's own notation.
type argSpec struct {
	name     string
	kind     argKind
	required bool
	def      string   // "": no default, or one that depends on other arguments
	min, max string   // of sizes, durations and numbers, inclusive
	oneOf    []string // the only values
	example  string   // what to write, for messages
}

// A blockSpec describes what stands between the braces of a block.
type blockSpec struct {
	kind  string // the label that chose it, such as "csv_to_json"; "" without kinds
	args  []*argSpec
	nests []*nestSpec
	later []string // arguments and blocks of later releases
}

// A nestSpec describes a type of block where it may stand.
type nestSpec struct {
	typ      string
	label    string // what its label is: "name", "ID" or "kind"; "": it has none
	many     bool   // may be given more than once
	required bool
	example  string       // how it's written, for messages
	kinds    []*blockSpec // exactly one when label isn't "kind"
	later    []string     // kinds of later releases
}

func (s *blockSpec) arg(name string) *argSpec {
	for _, a := range s.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

func (s *blockSpec) nest(typ string) *nestSpec {
	for _, n := range s.nests {
		if n.typ == typ {
			return n
		}
	}
	return nil
}

func (s *blockSpec) argNames() []string {
	names := make([]string, len(s.args))
	for i, a := range s.args {
		names[i] = a.name
	}
	return names
}

func (s *blockSpec) nestNames() []string {
	names := make([]string, len(s.nests))
	for i, n := range s.nests {
		names[i] = n.typ
	}
	return names
}

func (n *nestSpec) byKind(kind string) *blockSpec {
	for _, s := range n.kinds {
		if s.kind == kind {
			return s
		}
	}
	return nil
}

func (n *nestSpec) kindNames() []string {
	names := make([]string, len(n.kinds))
	for i, s := range n.kinds {
		names[i] = s.kind
	}
	return names
}

// allowed lists names for a message: "a, b and c".
func allowed(names []string) string {
	switch len(names) {
	case 0:
		return "none"
	case 1:
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// quoted lists values for a message: `"a", "b" or "c"`.
func quoted(values []string) string {
	q := make([]string, len(values))
	for i, v := range values {
		q[i] = `"` + v + `"`
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	last := len(q) - 1
	return strings.Join(q[:last], ", ") + " or " + q[last]
}

// nearest returns the name that was probably meant by got, or "".
func nearest(got string, names []string) string {
	best, bestDistance := "", 1+max(1, len(got)/3)
	for _, name := range names {
		if d := distance(strings.ToLower(got), strings.ToLower(name)); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance is the Levenshtein distance of a and b in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
