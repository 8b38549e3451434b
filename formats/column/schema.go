package column

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxName is Glue's limit for the name of a column, in bytes.
const maxName = 255

// Check returns all that is wrong with the schema, joined: no columns, names
// that are missing, not in small letters or used twice, types that can't be, a
// serde that does not fit the columns.
func (s *Schema) Check() error {
	if len(s.Columns) == 0 {
		return errors.New("column: the schema has no columns")
	}
	if errs := checkColumns("", s.Columns, 0); len(errs) > 0 {
		return errors.Join(errs...)
	}
	return errors.Join(s.Serde.check(s)...)
}

func checkColumns(parent string, columns []Column, depth int) []error {
	var errs []error
	seen := make(map[string]bool, len(columns))
	for _, c := range columns {
		path := parent + c.Name
		switch {
		case c.Name == "":
			errs = append(errs, fmt.Errorf("column: a column after %q has no name", parent))
		case len(c.Name) > maxName || !utf8.ValidString(c.Name):
			errs = append(errs, fmt.Errorf("column %s: a name is UTF-8 of at most %d bytes", quote(path), maxName))
		case c.Name != strings.ToLower(c.Name):
			errs = append(errs, fmt.Errorf("column %s: a name is in small letters: %s", path, strings.ToLower(c.Name)))
		case seen[c.Name]:
			errs = append(errs, fmt.Errorf("column %s: declared twice", path))
		}
		seen[c.Name] = true
		errs = append(errs, c.Type.check(path, depth)...)
	}
	return errs
}

// check returns what is wrong with the type of the column at path.
func (t Type) check(path string, depth int) []error {
	bad := func(format string, args ...any) []error {
		return []error{fmt.Errorf("column %s: %s", path, fmt.Sprintf(format, args...))}
	}
	if depth > maxTypeDepth {
		return bad("types nest deeper than %d", maxTypeDepth)
	}
	switch t.Kind {
	case Decimal:
		if t.Precision < 1 || t.Precision > MaxPrecision || t.Scale < 0 || t.Scale > t.Precision {
			return bad("%s: a precision is 1 to %d, a scale 0 to the precision", t, MaxPrecision)
		}
	case Char, Varchar:
		most := map[Kind]int{Char: MaxChar, Varchar: MaxVarchar}[t.Kind]
		if t.Length < 1 || t.Length > most {
			return bad("%s: a length is 1 to %d", t, most)
		}
	case Array, Map, Struct:
		return t.checkNested(path, depth)
	default:
		if _, ok := names[t.Kind]; !ok {
			return bad("has no type")
		}
	}
	return nil
}

func (t Type) checkNested(path string, depth int) []error {
	switch {
	case t.Kind == Struct && len(t.Fields) == 0:
		return []error{fmt.Errorf("column %s: a struct has fields", path)}
	case t.Kind == Struct:
		return checkColumns(path+".", t.Fields, depth+1)
	case t.Elem == nil || t.Kind == Map && t.Key == nil:
		return []error{fmt.Errorf("column %s: %s of what?", path, t.Kind)}
	case t.Kind == Map && t.Key.Kind.IsNested():
		return []error{fmt.Errorf("column %s: the key of a map can't be %s", path, t.Key)}
	}
	var errs []error
	if t.Key != nil {
		errs = t.Key.check(path+".key", depth+1)
	}
	part := map[Kind]string{Array: ".element", Map: ".value"}[t.Kind]
	return append(errs, t.Elem.check(path+part, depth+1)...)
}

// ParseSchema reads the columns of a table as Hive writes the type of its rows,
// such as "struct<id:bigint,tags:array<string>>". An error is a [*TypeError].
func ParseSchema(s string) (*Schema, error) {
	t, err := ParseType(s)
	if err != nil {
		return nil, err
	}
	if t.Kind != Struct {
		return nil, &TypeError{Pos: 0, Message: "the type of rows is a struct<...> of the columns, not " + t.String()}
	}
	return &Schema{Columns: t.Fields}, nil
}
