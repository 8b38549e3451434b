// Package orctest makes up tables of all of Hive's types, for tests of ORC
// files by readers of our own and of others.
package orctest

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"

	"hydrant/formats/column"
)

// A Table is rows and the leaves that hold them, in chunks as writers get them.
type Table struct {
	Schema *column.Schema
	Rows   [][]any
	Chunks [][]column.Leaf
	Counts []int // rows of the chunks
}

// A Maker makes up values, of which a share are null.
type Maker struct {
	Rand  *rand.Rand
	Nulls float64
}

// SchemaOf returns columns c0, c1 and so on of Hive types.
func SchemaOf(types ...string) *column.Schema {
	s := new(column.Schema)
	for i, text := range types {
		typ, err := column.ParseType(text)
		if err != nil {
			panic(err) // of whoever wrote the test
		}
		s.Columns = append(s.Columns, column.Column{Name: fmt.Sprint("c", i), Type: typ})
	}
	return s
}

// AllTypes are all of Hive's.
var AllTypes = []string{
	"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(9,2)", "decimal(18,0)", "decimal(38,10)",
	"string", "char(6)", "varchar(20)", "date", "timestamp", "binary",
	"array<int>", "map<string,double>", "struct<a:int,b:string>", "array<array<string>>",
	"struct<x:array<struct<y:decimal(20,3),z:map<int,array<timestamp>>>>,w:boolean>",
}

// Value makes up a value of a type: nil, bool, int64, float64, string, []byte,
// *big.Int for the unscaled value of a decimal, [Moment], and slices of
// elements, of fields, or of slices of key and value.
func (m *Maker) Value(t *column.Type) any {
	if m.Rand.Float64() < m.Nulls {
		return nil
	}
	switch t.Kind {
	case column.Array:
		out := []any{}
		for range m.Rand.IntN(4) {
			out = append(out, m.Value(t.Elem))
		}
		return out
	case column.Map:
		out := []any{}
		for range m.Rand.IntN(3) {
			key := Maker{m.Rand, 0}
			out = append(out, []any{key.Value(t.Key), m.Value(t.Elem)})
		}
		return out
	case column.Struct:
		out := []any{}
		for _, f := range t.Fields {
			out = append(out, m.Value(&f.Type))
		}
		return out
	}
	return m.primitive(t)
}

func (m *Maker) primitive(t *column.Type) any {
	r := m.Rand
	switch t.Kind {
	case column.Boolean:
		return r.IntN(3) == 0
	case column.TinyInt:
		return int64(int8(r.Uint32() >> r.IntN(8)))
	case column.SmallInt:
		return int64(int16(r.Uint32()))
	case column.Int:
		return int64(int32(r.Uint32())) >> r.IntN(32)
	case column.BigInt:
		return int64(r.Uint64()) >> r.IntN(64)
	case column.Float:
		return float64(float32(r.NormFloat64()))
	case column.Double:
		return r.NormFloat64() * 1e10
	case column.Decimal:
		digits := make([]byte, r.IntN(t.Precision)+1)
		for i := range digits {
			digits[i] = '0' + byte(r.IntN(10))
		}
		v, _ := new(big.Int).SetString(string(digits), 10)
		if r.IntN(2) == 0 {
			v.Neg(v)
		}
		return v
	case column.Date:
		return r.Int64N(3_000_000) - 700_000
	case column.Timestamp:
		at := Moment{r.Int64N(12_000_000_000) - 6_000_000_000, []int32{0, 1, 500, 999_999, 1_000_000, 123_000_000, 999_999_999, 120_034_500}[r.IntN(8)]}
		if at.Second == -1 { // which ORC holds only a millisecond of
			at.Nanos = 0
		}
		return at
	case column.Binary:
		b := make([]byte, r.IntN(20))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	case column.Char:
		return strings.Repeat("ä", r.IntN(t.Length+1))
	case column.Varchar:
		return fmt.Sprint("v", r.IntN(30))
	}
	if r.IntN(2) == 0 {
		return fmt.Sprint("string ", r.IntN(1000))
	}
	return strings.Repeat("x", r.IntN(30)) + fmt.Sprint(r.Uint64())
}

// A Moment is a timestamp: seconds since 1970, rounded down, and nanoseconds.
type Moment struct {
	Second int64
	Nanos  int32
}

// New makes up a table of n rows in chunks.
func New(s *column.Schema, n, chunk int, m *Maker) *Table {
	return Of(s, n, chunk, func(_ int, _ int, t *column.Type) any { return m.Value(t) })
}

// Of makes a table of n rows of what value says.
func Of(s *column.Schema, n, chunk int, value func(row, col int, t *column.Type) any) *Table {
	t := &Table{Schema: s}
	for row := 0; row < n; {
		sh := newShredder(s)
		k := 0
		for ; k < chunk && row < n; k++ {
			values := make([]any, len(s.Columns))
			at := 0
			for i := range s.Columns {
				values[i] = value(row, i, &s.Columns[i].Type)
				at = sh.shred(&s.Columns[i].Type, values[i], at, 1, 0, 0)
			}
			t.Rows = append(t.Rows, values)
			row++
		}
		t.Chunks, t.Counts = append(t.Chunks, sh.leaves), append(t.Counts, k)
	}
	return t
}

// A shredder cuts nested values into leaves, as Dremel does: lists and fields
// are slices, maps slices of pairs.
type shredder struct{ leaves []column.Leaf }

func newShredder(s *column.Schema) *shredder {
	sh := new(shredder)
	for _, c := range s.Columns {
		sh.plan(&c.Type, []string{c.Name}, 1, 0)
	}
	return sh
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
	s.level(at, def, rep)
	appendValue(&s.leaves[at], v)
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

func appendValue(l *column.Leaf, v any) {
	switch v := v.(type) {
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		l.Ints = append(l.Ints, n)
	case int64:
		l.Ints = append(l.Ints, v)
	case float64:
		l.Floats = append(l.Floats, v)
	case Moment:
		l.Ints, l.Nanos = append(l.Ints, v.Second), append(l.Nanos, v.Nanos)
	case string:
		l.Bytes = append(l.Bytes, v...)
		l.Ends = append(l.Ends, uint32(len(l.Bytes)))
	case []byte:
		l.Bytes = append(l.Bytes, v...)
		l.Ends = append(l.Ends, uint32(len(l.Bytes)))
	case *big.Int:
		if l.Type.Precision <= 18 {
			l.Ints = append(l.Ints, v.Int64())
			return
		}
		two := new(big.Int).Set(v)
		if v.Sign() < 0 {
			two.Add(two, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		var b [16]byte
		two.FillBytes(b[:])
		l.Bytes = append(l.Bytes, b[:]...)
	default:
		panic(fmt.Sprintf("%T", v))
	}
}
