package column

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kinds of a [Serde].
const (
	OpenX = "openx" // org.openx.data.jsonserde.JsonSerDe
	Hive  = "hive"  // org.apache.hive.hcatalog.data.JsonSerDe
)

// What a [Serde] does with members that the schema has no column for.
const (
	Drop    = "drop"    // they are left out
	Archive = "archive" // the row fails
	Collect = "collect" // those of the row itself go into a column; in structs they are left out
)

// A Serde says how JSON becomes values: as one of the two deserializers of
// Firehose does (Firehose developer guide, Record format conversion; API
// OpenXJsonSerDe and HiveJsonSerDe), and beyond them. The zero value is OpenX
// with its defaults.
type Serde struct {
	Kind string // OpenX or Hive; "" is OpenX

	// CaseSensitive, of OpenX, takes keys as they are written. Else they are
	// put in small letters, also those of maps and in JSON text. Hive finds
	// columns whatever the capitals and keeps those of all other keys.
	CaseSensitive bool

	// DotsToUnderscores reads the key "a.b" into the column or field a_b.
	DotsToUnderscores bool

	// Mappings are the keys of columns that are not called like them. A field
	// of a struct is named by its path, such as "geo.lat".
	Mappings map[string]string

	// TimestampFormats are Joda patterns such as "yyyy/MM/dd HH:mm", or
	// "millis" and "seconds" for Unix times, tried in turn. With OpenX its own
	// forms follow, with Hive no others.
	TimestampFormats []string

	Unknown     string // Drop, Archive or Collect; "" is Drop
	CollectInto string // Collect: a column of type string, which gets a JSON object, or map<string,string>
}

func (d *Serde) isHive() bool { return d.Kind == Hive }

// lowers says whether keys of maps and JSON text are put in small letters.
func (d *Serde) lowers() bool { return !d.isHive() && !d.CaseSensitive }

// name returns the text by which a key is looked up.
func (d *Serde) name(key []byte) []byte {
	if !d.CaseSensitive || d.isHive() {
		key = bytes.ToLower(key)
	}
	if d.DotsToUnderscores {
		key = bytes.ReplaceAll(key, []byte{'.'}, []byte{'_'})
	}
	return key
}

// key returns the key, as name returns it, of the column or field at path.
func (d *Serde) key(path, name string) string {
	if key, ok := d.Mappings[path]; ok {
		return string(d.name([]byte(key)))
	}
	return name
}

// check returns what is wrong with the serde of s.
func (d *Serde) check(s *Schema) []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("column: "+format, args...)) }
	switch d.Kind {
	case "", OpenX, Hive:
	default:
		bad("serde %q is not one of %s, %s", d.Kind, OpenX, Hive)
	}
	for _, path := range slices.Sorted(maps.Keys(d.Mappings)) {
		if !hasPath(s.Columns, path) {
			bad("mappings: there is no column %s", quote(path))
		}
	}
	errs = append(errs, d.checkKeys("", s.Columns)...)
	for _, f := range d.TimestampFormats {
		if _, err := parseLayout(f); err != nil {
			errs = append(errs, err)
		}
	}
	switch d.Unknown {
	case "", Drop, Archive:
	case Collect:
		if err := d.checkCollect(s); err != nil {
			errs = append(errs, err)
		}
	default:
		bad("unknown columns %q are not one of %s, %s, %s", d.Unknown, Drop, Archive, Collect)
	}
	return errs
}

// checkKeys tells of columns that are read from the same key.
func (d *Serde) checkKeys(parent string, columns []Column) []error {
	var errs []error
	by := map[string]string{}
	for _, c := range columns {
		path := parent + c.Name
		if parent == "" && d.Unknown == Collect && c.Name == d.CollectInto {
			continue
		}
		key := d.key(path, c.Name)
		if other, ok := by[key]; ok && other != c.Name {
			errs = append(errs, fmt.Errorf("column %s: reads the key %s, which column %s reads", path, quote(key), other))
		}
		by[key] = c.Name
		if c.Type.Kind == Struct {
			errs = append(errs, d.checkKeys(path+".", c.Type.Fields)...)
		}
	}
	return errs
}

func (d *Serde) checkCollect(s *Schema) error {
	for _, c := range s.Columns {
		if c.Name != d.CollectInto {
			continue
		}
		if t := c.Type; t.Kind == String || t.Kind == Map && t.Key.Kind == String && t.Elem.Kind == String {
			return nil
		}
		return fmt.Errorf("column %s: unknown members are collected into string or map<string,string>, not %s", c.Name, c.Type)
	}
	if d.CollectInto == "" {
		return errors.New("column: the column into which unknown members are collected is missing")
	}
	return fmt.Errorf("column: unknown members can't be collected into %s: there is no such column", quote(d.CollectInto))
}

// hasPath says whether a column, or a field of struct columns, has that path.
func hasPath(columns []Column, path string) bool {
	for _, c := range columns {
		if c.Name == path {
			return true
		}
		rest, below := strings.CutPrefix(path, c.Name+".")
		if below && c.Type.Kind == Struct && hasPath(c.Type.Fields, rest) {
			return true
		}
	}
	return false
}
