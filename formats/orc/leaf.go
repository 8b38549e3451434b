package orc

import (
	"bytes"
	"errors"
	"fmt"

	"hydrant/formats/column"
)

// check returns an error when l doesn't hold rows rows of this leaf.
func (n *node) check(l *column.Leaf, rows int) error {
	t := &n.typ
	if l.Type.Kind != t.Kind || l.Type.Precision != t.Precision || l.MaxDef != n.def || l.MaxRep != n.rep {
		return errors.New("is of another type than the schema's")
	}
	got := len(l.Def)
	if n.rep > 0 {
		got = bytes.Count(l.Rep, []byte{0})
		if len(l.Rep) != len(l.Def) || len(l.Rep) > 0 && l.Rep[0] != 0 {
			return errors.New("has repetition levels that don't fit its definition levels")
		}
	}
	if got != rows {
		return fmt.Errorf("has %d rows, not %d", got, rows)
	}
	if want, got := bytes.Count(l.Def, []byte{n.def}), valueCount(l); want != got {
		return fmt.Errorf("has %d values, but levels for %d", got, want)
	}
	if t.Kind == column.Timestamp {
		for i, s := range l.Ints {
			if !Storable(s, l.Nanos[i]) {
				return fmt.Errorf("has a time in the last second before 1970, %d ns after it began, which ORC can't hold", l.Nanos[i])
			}
		}
	}
	return nil
}

// valueCount returns how many values l holds, or -1 when its arrays disagree.
func valueCount(l *column.Leaf) int {
	switch l.Type.Kind {
	case column.Float, column.Double:
		return len(l.Floats)
	case column.Timestamp:
		if len(l.Ints) != len(l.Nanos) {
			return -1
		}
	case column.String, column.Char, column.Varchar, column.Binary:
		if n := len(l.Ends); n > 0 && int(l.Ends[n-1]) > len(l.Bytes) {
			return -1
		}
		return len(l.Ends)
	case column.Decimal:
		if l.Type.Precision > maxIntPrecision {
			if len(l.Bytes)%decimalBytes != 0 {
				return -1
			}
			return len(l.Bytes) / decimalBytes
		}
	}
	return len(l.Ints)
}

// after returns where rows rows of l from a cut on end.
func (n *node) after(l *column.Leaf, from cut, rows int) cut {
	end := from.slot
	if n.rep == 0 {
		end += rows
	} else {
		for ; rows > 0; rows-- {
			next := bytes.IndexByte(l.Rep[end+1:], 0)
			if next < 0 {
				end = len(l.Rep)
				break
			}
			end += 1 + next
		}
	}
	return cut{end, from.value + bytes.Count(l.Def[from.slot:end], []byte{n.def})}
}
