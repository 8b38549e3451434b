package oracle

import (
	"fmt"
	"strconv"
	"strings"
)

// A Type is a Hive type, such as array<decimal(10,2)>.
type Type struct {
	Name   string // "array", "decimal", ...
	P, S   int    // precision and scale; P is also the length of char and varchar
	Parts  []Type // of an array, a map or a struct
	Fields []string
}

// MustType reads the exact form of a type. It panics for anything else.
func MustType(text string) Type {
	t, rest := readType(text)
	if rest != "" {
		panic(fmt.Sprintf("oracle: %q after the type in %q", rest, text))
	}
	return t
}

func readType(text string) (t Type, rest string) {
	end := strings.IndexAny(text+",", "(<,>")
	t.Name, rest = text[:end], text[end:]
	switch {
	case strings.HasPrefix(rest, "("):
		inner, after, _ := strings.Cut(rest[1:], ")")
		p, s, _ := strings.Cut(inner, ",")
		t.P, _ = strconv.Atoi(p)
		t.S, _ = strconv.Atoi(s)
		return t, after
	case strings.HasPrefix(rest, "<"):
		for rest[0] != '>' {
			rest = rest[1:]
			if t.Name == "struct" {
				name, after, _ := strings.Cut(rest, ":")
				t.Fields, rest = append(t.Fields, name), after
			}
			var part Type
			part, rest = readType(rest)
			t.Parts = append(t.Parts, part)
		}
		return t, rest[1:]
	}
	return t, rest
}

// String returns the exact form of the type.
func (t Type) String() string {
	switch t.Name {
	case "decimal":
		return fmt.Sprintf("decimal(%d,%d)", t.P, t.S)
	case "char", "varchar":
		return fmt.Sprintf("%s(%d)", t.Name, t.P)
	}
	if len(t.Parts) == 0 {
		return t.Name
	}
	var parts []string
	for i, p := range t.Parts {
		if t.Fields != nil {
			parts = append(parts, t.Fields[i]+":"+p.String())
		} else {
			parts = append(parts, p.String())
		}
	}
	return t.Name + "<" + strings.Join(parts, ",") + ">"
}

func (t Type) nested() bool { return len(t.Parts) > 0 }
