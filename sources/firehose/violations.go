package firehose

import (
	"fmt"
	"strings"
)

const notNull = "Member must not be null"

// maxViolations bounds how many are told; there may be one for each record.
const maxViolations = 10

// violations are the constraints of the API's model that a request breaks.
type violations struct {
	n     int
	items []string // the first of them
}

// add notes that the member at path breaks a constraint.
func (v *violations) add(path, constraint string) {
	v.n++
	if len(v.items) < maxViolations {
		v.items = append(v.items, fmt.Sprintf("Value at '%s' failed to satisfy constraint: %s", path, constraint))
	}
}

// err returns a ValidationException, or nil if there are none.
func (v *violations) err() error {
	if v.n == 0 {
		return nil
	}
	s := ""
	if v.n > 1 {
		s = "s"
	}
	more := ""
	if v.n > len(v.items) {
		more = fmt.Sprintf("; and %d more", v.n-len(v.items))
	}
	return refuse(400, "ValidationException", "%d validation error%s detected: %s%s", v.n, s, strings.Join(v.items, "; "), more)
}

const namePattern = "[a-zA-Z0-9_.-]+"

// streamName checks a required stream name; given is false if it is absent.
func (v *violations) streamName(name string, given bool) { v.name("deliveryStreamName", name, given) }

func (v *violations) name(path, name string, given bool) {
	if !given {
		v.add(path, notNull)
		return
	}
	if !isName(name) {
		v.add(path, "Member must satisfy regular expression pattern: "+namePattern)
	}
	if name == "" {
		v.add(path, "Member must have length greater than or equal to 1")
	}
	if len(name) > 64 {
		v.add(path, "Member must have length less than or equal to 64")
	}
}

// isName says whether all of name matches namePattern.
func isName(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return name != ""
}

// limit checks an optional Limit.
func (v *violations) limit(n *int64) {
	switch {
	case n == nil:
	case *n < 1:
		v.add("limit", "Member must have value greater than or equal to 1")
	case *n > 10_000:
		v.add("limit", "Member must have value less than or equal to 10000")
	}
}

// join adds what was found elsewhere.
func (v *violations) join(other *violations) {
	v.n += other.n
	v.items = append(v.items, other.items...)
}
