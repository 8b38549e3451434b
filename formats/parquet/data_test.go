package parquet_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"hydrant/formats/column"
	"hydrant/formats/parquet"
)

// A table is rows as the column scanner would hand them over.
type table struct {
	schema *column.Schema
	chunks []chunk
}

type chunk struct {
	rows   int
	leaves []column.Leaf
}

// encode returns the table as a Parquet file.
func encode(t testing.TB, tab *table, o parquet.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := parquet.NewWriter(&out, tab.schema, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tab.chunks {
		if err := w.WriteLeaves(c.rows, c.leaves); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// hiveTypes has each primitive type, named for what it holds.
func hiveTypes() []column.Column {
	col := func(name string, t column.Type) column.Column { return column.Column{Name: name, Type: t} }
	decimal := func(p, s int) column.Type {
		return column.Type{Kind: column.Decimal, Precision: p, Scale: s}
	}
	return []column.Column{
		col("zz_boolean", column.Type{Kind: column.Boolean}),
		col("tinyint", column.Type{Kind: column.TinyInt}),
		col("smallint", column.Type{Kind: column.SmallInt}),
		col("int", column.Type{Kind: column.Int}),
		col("bigint", column.Type{Kind: column.BigInt}),
		col("float", column.Type{Kind: column.Float}),
		col("double", column.Type{Kind: column.Double}),
		col("decimal_1", decimal(1, 0)),
		col("decimal_9", decimal(9, 2)),
		col("decimal_18", decimal(18, 18)),
		col("decimal_19", decimal(19, 3)),
		col("decimal_38", decimal(38, 10)),
		col("string", column.Type{Kind: column.String}),
		col("char", column.Type{Kind: column.Char, Length: 20}),
		col("varchar", column.Type{Kind: column.Varchar, Length: 300}),
		col("date", column.Type{Kind: column.Date}),
		col("timestamp", column.Type{Kind: column.Timestamp}),
		col("binary", column.Type{Kind: column.Binary}),
	}
}

// Seconds of the first and the last moment that SQL knows.
const (
	year1    = -62135596800
	year9999 = 253402300799
)

// extremes returns the least and the greatest integer of a type, and those
// that are easily got wrong.
func extremes(t column.Type) []int64 {
	switch t.Kind {
	case column.Boolean:
		return []int64{0, 1}
	case column.TinyInt:
		return []int64{math.MinInt8, -1, 0, math.MaxInt8}
	case column.SmallInt:
		return []int64{math.MinInt16, -1, 0, math.MaxInt16}
	case column.Int:
		return []int64{math.MinInt32, -1, 0, math.MaxInt32}
	case column.BigInt:
		return []int64{math.MinInt64, -1, 0, math.MaxInt64}
	case column.Date:
		return []int64{year1 / 86400, -1, 0, year9999 / 86400}
	case column.Timestamp:
		return []int64{year1, -86401, -86400, -86399, -1, 0, 86399, 86400, year9999}
	}
	limit := int64(math.Pow10(t.Precision)) - 1
	return []int64{-limit, -1, 0, 1, limit}
}

// A generator makes values; distinct bounds how many differ in a column, 0
// when nothing does.
type generator struct {
	*rand.Rand
	distinct int
}

// column appends n values of l's type.
func (g *generator) values(l *column.Leaf, n int) {
	for range n {
		r := g.Rand
		if g.distinct > 0 {
			r = rand.New(rand.NewPCG(1, uint64(g.IntN(g.distinct))))
		}
		appendRandom(l, r)
	}
}

func appendRandom(l *column.Leaf, r *rand.Rand) {
	switch l.Type.Kind {
	case column.Float, column.Double:
		appendFloat(l, r)
	case column.String, column.Char, column.Varchar:
		appendBytes(l, []byte(randomText(r)))
	case column.Binary:
		b := make([]byte, r.IntN(100))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		appendBytes(l, b)
	case column.Decimal:
		if l.Type.Precision > 18 {
			l.Bytes = append(l.Bytes, randomDecimal(l.Type.Precision, r)...)
			return
		}
		appendInt(l, r)
	default:
		appendInt(l, r)
	}
}

func appendInt(l *column.Leaf, r *rand.Rand) {
	ends := extremes(l.Type)
	v := ends[r.IntN(len(ends))]
	if low, high := ends[0], ends[len(ends)-1]; r.IntN(4) > 0 {
		v = int64(r.Uint64())
		if l.Type.Kind != column.BigInt {
			v = low + r.Int64N(high-low+1)
		}
	}
	l.Ints = append(l.Ints, v)
	if l.Type.Kind == column.Timestamp {
		nanos := []int32{0, 1, 999_999_999, 500_000_000, int32(r.IntN(1e9))}
		l.Nanos = append(l.Nanos, nanos[r.IntN(len(nanos))])
	}
}

func appendFloat(l *column.Leaf, r *rand.Rand) {
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32}
	v := r.NormFloat64() * 1000
	if r.IntN(4) == 0 {
		v = special[r.IntN(len(special))]
	}
	if l.Type.Kind == column.Float {
		v = float64(float32(v))
	}
	l.Floats = append(l.Floats, v)
}

func appendBytes(l *column.Leaf, v []byte) {
	l.Bytes = append(l.Bytes, v...)
	l.Ends = append(l.Ends, uint32(len(l.Bytes)))
}

func randomText(r *rand.Rand) string {
	alphabet := []rune("abcXYZ019 _éß한글😀")
	var b strings.Builder
	for range r.IntN(60) {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func randomDecimal(precision int, r *rand.Rand) []byte {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	limit.Sub(limit, big.NewInt(1))
	v := new(big.Int).Set(limit)
	if r.IntN(4) > 0 {
		v.SetUint64(r.Uint64())
		v.Mul(v, new(big.Int).SetUint64(r.Uint64()))
		v.Rem(v, limit)
	}
	if r.IntN(2) == 0 {
		v.Neg(v)
	}
	return twosComplement(v, 16)
}

// twosComplement returns v in n bytes, big-endian.
func twosComplement(v *big.Int, n int) []byte {
	u := new(big.Int).Set(v)
	if v.Sign() < 0 {
		u.Add(u, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	return u.FillBytes(make([]byte, n))
}

// flatTable returns a table of columns of all primitive types.
func flatTable(seed uint64, chunks, rows, distinct int, nullShare float64) *table {
	tab := &table{schema: &column.Schema{Columns: hiveTypes()}}
	g := &generator{rand.New(rand.NewPCG(seed, 0)), distinct}
	for range chunks {
		c := chunk{rows: rows}
		for _, col := range tab.schema.Columns {
			c.leaves = append(c.leaves, g.flatLeaf(col, rows, nullShare))
		}
		tab.chunks = append(tab.chunks, c)
	}
	return tab
}

func (g *generator) flatLeaf(c column.Column, rows int, nullShare float64) column.Leaf {
	l := column.Leaf{Path: []string{c.Name}, Type: c.Type, MaxDef: 1}
	for range rows {
		if g.Float64() < nullShare {
			l.Def = append(l.Def, 0)
			continue
		}
		l.Def = append(l.Def, 1)
		g.values(&l, 1)
	}
	return l
}

// int96 returns nanoseconds of the day and Julian day in twelve bytes.
func int96(second int64, nano int32) [12]byte {
	const unixEpoch = 2440588
	total := new(big.Int).Mul(big.NewInt(second), big.NewInt(1e9))
	total.Add(total, big.NewInt(int64(nano)))
	day, rest := new(big.Int).DivMod(total, big.NewInt(86400*1e9), new(big.Int))
	var b [12]byte
	binary.LittleEndian.PutUint64(b[:], rest.Uint64())
	binary.LittleEndian.PutUint32(b[8:], uint32(day.Int64()+unixEpoch))
	return b
}
