package oracle

import (
	"math"
	"slices"
	"time"
)

// Same says whether a value that was read is the oracle's.
func Same(got, want any) bool {
	switch w := want.(type) {
	case Tokens:
		g, ok := got.(string)
		return ok && slices.Equal(JSONTokens([]byte(g)), w)
	case float64:
		g, ok := got.(float64)
		return ok && math.Float64bits(g) == math.Float64bits(w)
	case time.Time:
		g, ok := got.(time.Time)
		return ok && g.Equal(w)
	case List:
		g, ok := got.(List)
		return ok && slices.EqualFunc(g, w, Same)
	case Struct:
		g, ok := got.(Struct)
		return ok && slices.EqualFunc(g, w, Same)
	case Map:
		g, ok := got.(Map)
		return ok && slices.EqualFunc(g, w, func(a, b Entry) bool { return Same(a.Key, b.Key) && Same(a.Value, b.Value) })
	}
	return got == want
}

// A Slot is a value of a leaf, nil for a null, with its levels.
type Slot struct {
	Def, Rep int
	Value    any
}

// Slots are those of the leaves of a table, depth-first, with the levels of
// Dremel (Melnik et al., 2010).
type Slots [][]Slot

// Rows puts the slots together to the rows of the table that they were cut
// from, and takes them. It panics when they are not of whole rows.
func (s Slots) Rows(table Type) (rows []Struct) {
	for len(s[0]) > 0 {
		row, leaf := Struct{}, 0
		for _, t := range table.Parts {
			var v any
			v, leaf = s.value(t, leaf, 1, 0)
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	for leaf := range s {
		if len(s[leaf]) > 0 {
			panic("oracle: slots are left over")
		}
	}
	return rows
}

// take takes the next slot of a leaf.
func (s Slots) take(leaf int) any {
	v := s[leaf][0].Value
	s[leaf] = s[leaf][1:]
	return v
}

// value takes a value of t, whose first leaf is given: def is the level at
// which it is there, depth counts the arrays and maps around it.
func (s Slots) value(t Type, leaf, def, depth int) (any, int) {
	switch got := s[leaf][0].Def; {
	case !t.nested():
		return s.take(leaf), leaf + 1
	case got < def:
		return nil, s.skip(t, leaf)
	case t.Name == "struct":
		out := Struct{}
		for _, f := range t.Parts {
			var v any
			v, leaf = s.value(f, leaf, def+1, depth)
			out = append(out, v)
		}
		return out, leaf
	case t.Name == "array" && got == def:
		return List{}, s.skip(t, leaf)
	case t.Name == "map" && got == def:
		return Map{}, s.skip(t, leaf)
	}
	list, entries, end := List{}, Map{}, leaf
	for {
		var key, v any
		end = leaf
		if t.Name == "map" {
			key, end = s.value(t.Parts[0], end, def+1, depth+1)
		}
		v, end = s.value(t.Parts[len(t.Parts)-1], end, def+2, depth+1)
		list, entries = append(list, v), append(entries, Entry{key, v})
		if len(s[leaf]) == 0 || s[leaf][0].Rep != depth+1 {
			break
		}
	}
	if t.Name == "map" {
		return entries, end
	}
	return list, end
}

// skip takes a slot of each leaf of t.
func (s Slots) skip(t Type, leaf int) int {
	if !t.nested() {
		s.take(leaf)
		return leaf + 1
	}
	for _, p := range t.Parts {
		leaf = s.skip(p, leaf)
	}
	return leaf
}
