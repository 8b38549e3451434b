package parquet_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// nestedSchema has lists of lists, maps of structs and structs of both.
func nestedSchema() *column.Schema {
	str := column.Type{Kind: column.String}
	num := column.Type{Kind: column.BigInt}
	list := func(t column.Type) column.Type { return column.Type{Kind: column.Array, Elem: &t} }
	dict := func(t column.Type) column.Type { return column.Type{Kind: column.Map, Key: &str, Elem: &t} }
	strct := func(f ...column.Column) column.Type { return column.Type{Kind: column.Struct, Fields: f} }
	return &column.Schema{Columns: []column.Column{
		{Name: "tags", Type: list(str)},
		{Name: "matrix", Type: list(list(num))},
		{Name: "geo", Type: strct(column.Column{Name: "lat", Type: num}, column.Column{Name: "names", Type: list(str)})},
		{Name: "attrs", Type: dict(num)},
		{Name: "items", Type: list(strct(column.Column{Name: "sku", Type: str}, column.Column{Name: "opts", Type: dict(list(num))}))},
		{Name: "flat", Type: num},
	}}
}

// A shredder cuts nested values into leaves, as Dremel does: each value is
// null, a string, a number, a list, or a list of pairs or fields.
type shredder struct{ leaves []column.Leaf }

// randomValue returns a value of type t, as JSON would hold it; maps are lists
// of key and value.
func randomValue(t *column.Type, r *rand.Rand) any {
	if r.IntN(5) == 0 {
		return nil
	}
	switch t.Kind {
	case column.Array:
		out := []any{}
		for range r.IntN(4) {
			out = append(out, randomValue(t.Elem, r))
		}
		return out
	case column.Map:
		out := []any{}
		for i := range r.IntN(4) {
			out = append(out, []any{fmt.Sprint("k", i), randomValue(t.Elem, r)})
		}
		return out
	case column.Struct:
		out := []any{}
		for _, f := range t.Fields {
			out = append(out, randomValue(&f.Type, r))
		}
		return out
	case column.String:
		return fmt.Sprint("v", r.IntN(50))
	}
	return r.Int64N(1000)
}

// plan appends the leaves of t, depth-first.
func (s *shredder) plan(t *column.Type, path []string, def, rep uint8) {
	switch t.Kind {
	case column.Array:
		s.plan(t.Elem, append(path[:len(path):len(path)], "list", "element"), def+2, rep+1)
	case column.Map:
		s.plan(t.Key, append(path[:len(path):len(path)], "key_value", "key"), def+1, rep+1)
		s.plan(t.Elem, append(path[:len(path):len(path)], "key_value", "value"), def+2, rep+1)
	case column.Struct:
		for _, f := range t.Fields {
			s.plan(&f.Type, append(path[:len(path):len(path)], f.Name), def+1, rep)
		}
	default:
		s.leaves = append(s.leaves, column.Leaf{Path: path, Type: *t, MaxDef: def, MaxRep: rep})
	}
}

// shred adds v at leaf at; def is the level that v has when it is there, rep
// the one at which it repeats and depth that of its innermost list. It returns
// the leaf after those of t.
func (s *shredder) shred(t *column.Type, v any, at int, def, rep, depth uint8) int {
	switch {
	case v == nil:
		return s.nulls(t, at, def-1, rep)
	case t.Kind == column.Array || t.Kind == column.Map:
		return s.shredList(t, v.([]any), at, def, rep, depth)
	case t.Kind == column.Struct:
		for i, f := range t.Fields {
			at = s.shred(&f.Type, v.([]any)[i], at, def+1, rep, depth)
		}
		return at
	}
	l := &s.leaves[at]
	s.level(at, def, rep)
	if text, ok := v.(string); ok {
		appendBytes(l, []byte(text))
	} else {
		l.Ints = append(l.Ints, v.(int64))
	}
	return at + 1
}

func (s *shredder) shredList(t *column.Type, v []any, at int, def, rep, depth uint8) int {
	if len(v) == 0 {
		return s.nulls(t, at, def, rep)
	}
	end := at
	for i, e := range v {
		if i > 0 {
			rep = depth + 1
		}
		end = at
		if t.Kind == column.Map {
			end = s.shred(t.Key, e.([]any)[0], end, def+1, rep, depth+1)
			e = e.([]any)[1]
		}
		end = s.shred(t.Elem, e, end, def+2, rep, depth+1)
	}
	return end
}

// nulls adds a slot without value to each leaf of t.
func (s *shredder) nulls(t *column.Type, at int, def, rep uint8) int {
	switch t.Kind {
	case column.Array:
		return s.nulls(t.Elem, at, def, rep)
	case column.Map:
		return s.nulls(t.Elem, s.nulls(t.Key, at, def, rep), def, rep)
	case column.Struct:
		for _, f := range t.Fields {
			at = s.nulls(&f.Type, at, def, rep)
		}
		return at
	}
	s.level(at, def, rep)
	return at + 1
}

func (s *shredder) level(at int, def, rep uint8) {
	l := &s.leaves[at]
	l.Def = append(l.Def, def)
	if l.MaxRep > 0 {
		l.Rep = append(l.Rep, rep)
	}
}

func nestedTable(seed uint64, chunks, rows int) (*table, [][]any) {
	tab := &table{schema: nestedSchema()}
	r := rand.New(rand.NewPCG(seed, 0))
	var all [][]any
	for range chunks {
		var s shredder
		for _, c := range tab.schema.Columns {
			s.plan(&c.Type, []string{c.Name}, 1, 0)
		}
		for range rows {
			var row []any
			at := 0
			for _, c := range tab.schema.Columns {
				v := randomValue(&c.Type, r)
				at = s.shred(&c.Type, v, at, 1, 0, 0)
				row = append(row, v)
			}
			all = append(all, row)
		}
		tab.chunks = append(tab.chunks, chunk{rows, s.leaves})
	}
	return tab, all
}

func TestNestedColumnsKeepTheirLevels(t *testing.T) {
	for _, o := range []parquet.Options{{}, {PageBytes: 200}, {DictionaryBytes: 64, PageBytes: 300}, {RowGroupBytes: 1}} {
		tab, _ := nestedTable(7, 4, 700)
		checkFile(t, encode(t, tab, o), tab, "")
	}
}

func TestPagesOfListsBeginWithARow(t *testing.T) {
	tab, _ := nestedTable(3, 2, 2000)
	f := open(t, encode(t, tab, parquet.Options{PageBytes: 300}))
	for i, leaf := range f.Schema().Columns() {
		places := f.OffsetIndexes()[i].PageLocations
		row := int64(0)
		for n, values := range pageValues(f.RowGroups()[0].ColumnChunks()[i]) {
			if r := values[0].RepetitionLevel(); r != 0 {
				t.Errorf("%v: page %d begins with repetition level %d, want 0", leaf, n, r)
			}
			if got := places[n].FirstRowIndex; got != row {
				t.Errorf("%v: page %d begins with row %d, want %d", leaf, n, got, row)
			}
			for _, v := range values {
				if v.RepetitionLevel() == 0 {
					row++
				}
			}
		}
		if len(places) < 5 || row != 4000 {
			t.Errorf("%v: %d rows in %d pages, want 4000 in at least 5", leaf, row, len(places))
		}
	}
}
