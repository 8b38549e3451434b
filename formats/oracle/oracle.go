// Package oracle reads JSON rows slowly and plainly, with encoding/json,
// math/big, regexp and time, by the documented rules and with none of the code
// of the project. Tests hold the fast way against it. It also makes up schemas
// and rows.
package oracle

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Codes of errors.
const (
	Malformed  = "DataFormatConversion.MalformedData"
	ParseError = "DataFormatConversion.ParseError"
)

// MaxDepth is how deep JSON may nest.
const MaxDepth = 512

// Values of rows are nil; bool; int64 for integers and the days of a date;
// float64 for float and double; string for text, for binary and for the
// unscaled digits of a decimal; time.Time; Tokens for JSON kept as text; List
// for arrays; Map for maps; Struct for structs, in the order of the fields.
type (
	// A List is an array.
	List []any
	// A Map is entries in the order of the document.
	Map []Entry
	// A Struct is the values of the fields.
	Struct []any
)

// An Entry is a key of a map and its value.
type Entry struct{ Key, Value any }

// A Serde is how rows are read; see column.Serde.
type Serde struct {
	Hive, CaseSensitive, Dots bool
	Unknown, Into             string
	Required                  []string
}

// A member of an object; names may repeat.
type member struct {
	name  string
	value json.RawMessage
}

// Row returns the values that doc has for the fields of the struct table, or
// the code of the error.
func Row(table Type, d Serde, doc []byte) (row Struct, code string) {
	if !utf8.Valid(doc) || len(bytes.TrimLeft(doc, " \t\r\n")) > 0 && (!json.Valid(doc) || depth(doc) > MaxDepth) {
		return nil, ParseError
	}
	doc = bytes.TrimSpace(doc)
	if len(doc) == 0 || doc[0] != '{' {
		return nil, Malformed
	}
	row, ok := d.object(table, members(doc), true)
	if !ok {
		return nil, Malformed
	}
	for _, name := range d.Required {
		if row[slices.Index(table.Fields, name)] == nil {
			return nil, Malformed
		}
	}
	return row, ""
}

func members(doc []byte) (all []member) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	if _, err := dec.Token(); err != nil {
		panic(err)
	}
	for dec.More() {
		name, _ := dec.Token()
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			panic(err)
		}
		all = append(all, member{name.(string), value})
	}
	return all
}

func elements(doc []byte) (all []json.RawMessage) {
	if err := json.Unmarshal(doc, &all); err != nil {
		panic(err)
	}
	return all
}

// name is the name of the column or field that a key stands for.
func (d Serde) name(key string) string {
	if !d.CaseSensitive || d.Hive {
		key = strings.ToLower(key)
	}
	if d.Dots {
		key = strings.ReplaceAll(key, ".", "_")
	}
	return key
}

// mapKey is a key as maps and JSON text have it.
func (d Serde) mapKey(key string) string {
	if d.Hive || d.CaseSensitive {
		return key
	}
	return strings.ToLower(key)
}

func (d Serde) object(t Type, all []member, top bool) (Struct, bool) {
	row := make(Struct, len(t.Fields))
	seen := map[string]bool{}
	var unknown []member
	for _, m := range all {
		name := d.name(m.name)
		at := slices.Index(t.Fields, name)
		if top && d.Unknown == "collect" && name == d.Into {
			at = -1
		}
		switch {
		case at < 0 && d.Unknown == "archive":
			return nil, false
		case at < 0:
			unknown = append(unknown, m)
			continue
		case seen[name]:
			continue
		}
		seen[name] = true
		var ok bool
		if row[at], ok = d.value(t.Parts[at], m.value); !ok {
			return nil, false
		}
	}
	if top && d.Unknown == "collect" && len(unknown) > 0 {
		at := slices.Index(t.Fields, d.Into)
		row[at] = d.collect(t.Parts[at], unknown)
	}
	return row, true
}

func (d Serde) collect(t Type, unknown []member) any {
	var out Map
	text := []byte("{")
	for _, m := range unknown {
		key := d.mapKey(m.name)
		if slices.ContainsFunc(out, func(e Entry) bool { return e.Key == key }) {
			continue
		}
		var value any
		if m.value[0] == '"' {
			value = unquote(m.value)
		} else if string(m.value) != "null" {
			value = d.tokens(m.value)
		}
		if len(out) > 0 {
			text = append(text, ',')
		}
		quoted, _ := json.Marshal(key)
		text = append(append(append(text, quoted...), ':'), m.value...)
		out = append(out, Entry{key, value})
	}
	if t.Name == "map" {
		return out
	}
	return d.tokens(append(text, '}'))
}

func (d Serde) value(t Type, raw json.RawMessage) (any, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	switch t.Name {
	case "array":
		return d.list(t, raw)
	case "map":
		return d.mapping(t, raw)
	case "struct":
		return d.structure(t, raw)
	}
	return d.scalar(t, raw)
}

func (d Serde) list(t Type, raw []byte) (any, bool) {
	all := []json.RawMessage{raw}
	if raw[0] == '[' {
		all = elements(raw)
	} else if d.Hive {
		return nil, false
	}
	out := List{}
	for _, e := range all {
		v, ok := d.value(t.Parts[0], e)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

func (d Serde) mapping(t Type, raw []byte) (any, bool) {
	if raw[0] != '{' {
		return nil, false
	}
	out := Map{}
	for _, m := range members(raw) {
		key, ok := d.text(t.Parts[0], d.mapKey(m.name))
		if !ok {
			return nil, false
		}
		if slices.ContainsFunc(out, func(e Entry) bool { return e.Key == key }) {
			continue
		}
		v, ok := d.value(t.Parts[1], m.value)
		if !ok {
			return nil, false
		}
		out = append(out, Entry{key, v})
	}
	return out, true
}

func (d Serde) structure(t Type, raw []byte) (any, bool) {
	switch {
	case raw[0] == '{':
		v, ok := d.object(t, members(raw), false)
		return v, ok
	case raw[0] != '[' || d.Hive:
		return nil, false
	}
	row := make(Struct, len(t.Fields))
	for i, e := range elements(raw) {
		if i == len(row) {
			break
		}
		var ok bool
		if row[i], ok = d.value(t.Parts[i], e); !ok {
			return nil, false
		}
	}
	return row, true
}

func unquote(raw []byte) string {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		panic(err)
	}
	return text
}

func depth(doc []byte) int {
	dec := json.NewDecoder(bytes.NewReader(doc))
	now, most := 0, 0
	for {
		t, err := dec.Token()
		if err != nil {
			return most
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			now++
		case json.Delim('}'), json.Delim(']'):
			now--
		}
		most = max(most, now)
	}
}
