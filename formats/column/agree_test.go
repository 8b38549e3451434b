package column

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"testing"
	"time"

	"hydrant/formats/oracle"
)

// oracleOf is the schema as the oracle knows it.
func oracleOf(s *Schema) (oracle.Type, oracle.Serde) {
	d := oracle.Serde{
		Hive: s.Serde.Kind == Hive, CaseSensitive: s.Serde.CaseSensitive, Dots: s.Serde.DotsToUnderscores,
		Unknown: s.Serde.Unknown, Into: s.Serde.CollectInto,
	}
	for _, c := range s.Columns {
		if c.Required {
			d.Required = append(d.Required, c.Name)
		}
	}
	return oracle.MustType(Type{Kind: Struct, Fields: s.Columns}.String()), d
}

// agree checks that c, which has rows already, takes doc as the oracle does.
func agree(t *testing.T, s *Schema, c *Columns, doc []byte) {
	t.Helper()
	rows := c.Rows()
	table, serde := oracleOf(s)
	want, code := oracle.Row(table, serde, doc)
	err := c.AppendJSON(doc)
	if bad := checkLeaves(c); bad != nil {
		t.Fatalf("after %q: %v", doc, bad)
	}
	if err != nil {
		var re *RowError
		if !errors.As(err, &re) || re.Code != code {
			t.Fatalf("%s %q: got error %v (%T), want code %q %v", table, doc, err, err, code, want)
		}
		if c.Rows() != rows {
			t.Fatalf("%q: %v, yet it added a row", doc, err)
		}
		return
	}
	if code != "" {
		t.Fatalf("%s %q: got row %v, want %s", table, doc, rowOf(c, rows), code)
	}
	for i, got := range rowOf(c, rows) {
		if !oracle.Same(got, want[i]) {
			t.Fatalf("%s %q: column %s is %v, want %v", table, doc, s.Columns[i].Name, got, want[i])
		}
	}
}

// rowOf returns the values of a row as the oracle has them.
func rowOf(c *Columns, row int) oracle.Struct {
	fields := oracle.Type{Name: "struct"}
	for _, f := range c.top.fields {
		fields.Fields, fields.Parts = append(fields.Fields, f.name), append(fields.Parts, oracle.MustType(f.typ.String()))
	}
	slots := make(oracle.Slots, len(c.Leaves))
	for i := range c.Leaves {
		slots[i] = slotsOf(&c.Leaves[i], row)
	}
	return slots.Rows(fields)[0]
}

// slotsOf returns the slots of one row.
func slotsOf(l *Leaf, row int) (slots []oracle.Slot) {
	value, at := 0, -1
	for i, def := range l.Def {
		s := oracle.Slot{Def: int(def)}
		if l.MaxRep > 0 {
			s.Rep = int(l.Rep[i])
		}
		if s.Rep == 0 {
			at++
		}
		if def == l.MaxDef {
			if at == row {
				s.Value = valueOf(l, value)
			}
			value++
		}
		if at == row {
			slots = append(slots, s)
		}
	}
	return slots
}

func valueOf(l *Leaf, v int) any {
	switch l.Type.Kind {
	case Boolean:
		return l.Ints[v] == 1
	case Float, Double:
		return l.Floats[v]
	case Timestamp:
		return time.Unix(l.Ints[v], int64(l.Nanos[v])).UTC()
	case Decimal:
		if l.Type.Precision <= 18 {
			return strconv.FormatInt(l.Ints[v], 10)
		}
		b := new(big.Int).SetBytes(l.bytesAt(v))
		if b.Bit(127) == 1 {
			b.Sub(b, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		return b.String()
	case String, Varchar, Char, Binary:
		return string(l.bytesAt(v))
	}
	return l.Ints[v]
}

// checkLeaves returns what is inconsistent in the columns.
func checkLeaves(c *Columns) error {
	for i := range c.Leaves {
		l := &c.Leaves[i]
		values := 0
		for _, d := range l.Def {
			if d == l.MaxDef {
				values++
			}
		}
		stored := len(l.Ints) + len(l.Floats) + len(l.Ends)
		if l.rows() != c.Rows() || stored != values || l.MaxRep > 0 && len(l.Rep) != len(l.Def) {
			return fmt.Errorf("%v: %d levels, %d values, %d stored, %d of %d rows", l.Path, len(l.Def), values, stored, l.rows(), c.Rows())
		}
		if n := len(l.Ends); n > 0 && int(l.Ends[n-1]) != len(l.Bytes) || n == 0 && len(l.Bytes) > 0 {
			return fmt.Errorf("%v: %d bytes, ends %v", l.Path, len(l.Bytes), l.Ends)
		}
		if l.Type.Kind == Timestamp && len(l.Nanos) != len(l.Ints) {
			return fmt.Errorf("%v: %d nanos for %d", l.Path, len(l.Nanos), len(l.Ints))
		}
	}
	return nil
}
