package orc

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"hydrant/formats/column"
)

// A table is rows and the leaves that hold them, in chunks as writers get them.
type table struct {
	schema *column.Schema
	rows   [][]any
	chunks [][]column.Leaf
	counts []int
}

// value makes up a value of a type, not null; i is the number of the row.
type maker struct {
	r     *rand.Rand
	nulls float64
}

func mustType(t testing.TB, text string) column.Type {
	t.Helper()
	typ, err := column.ParseType(text)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// schemaOf returns columns c0, c1 and so on of Hive types.
func schemaOf(t testing.TB, types ...string) *column.Schema {
	s := new(column.Schema)
	for i, text := range types {
		s.Columns = append(s.Columns, column.Column{Name: fmt.Sprint("c", i), Type: mustType(t, text)})
	}
	return s
}

// allTypes are all of Hive's.
var allTypes = []string{
	"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(9,2)", "decimal(18,0)", "decimal(38,10)",
	"string", "char(6)", "varchar(20)", "date", "timestamp", "binary",
	"array<int>", "map<string,double>", "struct<a:int,b:string>", "array<array<string>>",
	"struct<x:array<struct<y:decimal(20,3),z:map<int,array<timestamp>>>>,w:boolean>",
}

func (m *maker) value(t *column.Type) any {
	if m.r.Float64() < m.nulls {
		return nil
	}
	switch t.Kind {
	case column.Array:
		out := []any{}
		for range m.r.IntN(4) {
			out = append(out, m.value(t.Elem))
		}
		return out
	case column.Map:
		out := []any{}
		for range m.r.IntN(3) {
			key := maker{m.r, 0}
			out = append(out, []any{key.value(t.Key), m.value(t.Elem)})
		}
		return out
	case column.Struct:
		out := []any{}
		for _, f := range t.Fields {
			out = append(out, m.value(&f.Type))
		}
		return out
	}
	return m.primitive(t)
}

func (m *maker) primitive(t *column.Type) any {
	r := m.r
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
		at := moment{r.Int64N(12_000_000_000) - 6_000_000_000, []int32{0, 1, 500, 999_999, 1_000_000, 123_000_000, 999_999_999, 120_034_500}[r.IntN(8)]}
		if !Storable(at.second, at.nanos) {
			at.nanos = 0
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

// A moment is a timestamp.
type moment struct {
	second int64
	nanos  int32
}

// newTable makes up a table of n rows in chunks.
func newTable(s *column.Schema, n, chunk int, m *maker) *table {
	return tableOf(s, n, chunk, func(_ int, _ int, t *column.Type) any { return m.value(t) })
}

// tableOf makes a table of n rows of what value says.
func tableOf(s *column.Schema, n, chunk int, value func(row, col int, t *column.Type) any) *table {
	t := &table{schema: s}
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
			t.rows = append(t.rows, values)
			row++
		}
		t.chunks, t.counts = append(t.chunks, sh.leaves), append(t.counts, k)
	}
	return t
}

// write writes t into a file.
func (t *table) write(tb testing.TB, o Options) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := t.writeTo(&b, o, heldLimit); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func (t *table) writeTo(b io.Writer, o Options, limit int64) error {
	w, err := NewWriter(b, t.schema, o)
	if err != nil {
		return err
	}
	w.limit = limit
	for i, leaves := range t.chunks {
		if err := w.WriteLeaves(t.counts[i], leaves); err != nil {
			return err
		}
	}
	return w.Close()
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
	case moment:
		l.Ints, l.Nanos = append(l.Ints, v.second), append(l.Nanos, v.nanos)
	case string:
		l.Bytes = append(l.Bytes, v...)
		l.Ends = append(l.Ends, uint32(len(l.Bytes)))
	case []byte:
		l.Bytes = append(l.Bytes, v...)
		l.Ends = append(l.Ends, uint32(len(l.Bytes)))
	case *big.Int:
		if l.Type.Precision <= maxIntPrecision {
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
