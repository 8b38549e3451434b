package column

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// MaxInput is how many bytes of rows a Columns takes between two Resets, so
// that no offset of a leaf overflows.
const MaxInput = 1 << 31

// ErrFull means that a Columns took [MaxInput] bytes: its rows have to be
// written and Reset before it takes more. It is no fault of the row.
var ErrFull = errors.New("column: 2 GiB of rows are held; write them first")

// Columns holds rows as columns. The Append methods add a row wholly or leave
// nothing of it. One goroutine owns it.
type Columns struct {
	// Leaves holds the values, a leaf for each column of the schema in its
	// order. Readers may use them until the next Append or Reset.
	Leaves []Leaf

	rows  int
	input int // bytes taken since Reset

	s        scanner
	keys     []key            // keys that were met, as they are written
	firstKey int32            // the key that came first last time
	byText   map[string]int32 // into keys, by their text without quotes
	byName   map[string]int32 // into Leaves, by the column's name
	fields   []int32          // into Leaves, for each bound field; -1: no such column
	scratch  []byte           // the text of a string with escapes

	current  int32     // leaf of the value being read, -1: none
	mismatch *RowError // why the current row's value does not fit
}

// A key is a JSON key as documents write it, and what followed it.
type key struct {
	quick quickKey
	leaf  int32 // -1: not in the schema
	next  int32 // the key that came after it last time
}

// New returns empty columns. The schema has passed [Schema.Check] and
// [Schema.Flat]; New panics for one that has nested types.
func New(s *Schema) *Columns {
	if err := s.Flat(); err != nil {
		panic(err)
	}
	c := &Columns{Leaves: make([]Leaf, len(s.Columns)), byText: map[string]int32{}, byName: map[string]int32{}}
	for i, col := range s.Columns {
		c.Leaves[i] = Leaf{Path: []string{col.Name}, Type: col.Type, MaxDef: 1}
		c.byName[col.Name] = int32(i)
		c.learn(col.Name, int32(i))
	}
	for i := range c.keys {
		c.keys[i].next = int32((i + 1) % len(c.keys))
	}
	return c
}

// Rows returns the number of rows held.
func (c *Columns) Rows() int { return c.rows }

// Bytes returns how many bytes the rows take in the leaves.
func (c *Columns) Bytes() int {
	sum := 0
	for i := range c.Leaves {
		l := &c.Leaves[i]
		sum += len(l.Def) + len(l.Rep) + 8*len(l.Ints) + 4*len(l.Nanos) + 8*len(l.Floats) + len(l.Bytes) + 4*len(l.Ends)
	}
	return sum
}

// Held returns how many bytes of memory the columns hold, used or not.
func (c *Columns) Held() int {
	sum := cap(c.s.doc) + cap(c.scratch)
	for i := range c.Leaves {
		l := &c.Leaves[i]
		sum += cap(l.Def) + cap(l.Rep) + 8*cap(l.Ints) + 4*cap(l.Nanos) + 8*cap(l.Floats) + cap(l.Bytes) + 4*cap(l.Ends)
	}
	return sum
}

// Reset drops all rows and keeps the memory for the next ones.
func (c *Columns) Reset() {
	for i := range c.Leaves {
		c.Leaves[i].truncate(0)
	}
	c.rows, c.input = 0, 0
}

// Truncate drops the rows from the given one on.
func (c *Columns) Truncate(rows int) {
	for i := range c.Leaves {
		c.Leaves[i].truncate(rows)
	}
	c.rows = rows
}

// take counts n bytes of input.
func (c *Columns) take(n int) error {
	if n > MaxInput-c.input {
		return ErrFull
	}
	c.input += n
	return nil
}

// finish ends a row: columns that it did not name are null.
func (c *Columns) finish() {
	c.rows++
	for i := range c.Leaves {
		if l := &c.Leaves[i]; len(l.Def) < c.rows {
			l.addNull()
		}
	}
}

// mismatched notes that a value does not fit a leaf, and returns -1.
func (c *Columns) mismatched(l *Leaf, why string, value []byte) int {
	c.mismatch = &RowError{
		Code:    MalformedData,
		Message: "Data does not match the schema. " + why,
		Column:  strings.Join(l.Path, "."),
		Value:   Excerpt(value),
	}
	return -1
}

// Excerpt returns value cut to 100 bytes, as valid UTF-8.
func Excerpt(value []byte) string {
	if len(value) <= maxExcerpt {
		return strings.ToValidUTF8(string(value), string(utf8.RuneError))
	}
	n := maxExcerpt
	for n > maxExcerpt-utf8.UTFMax && !utf8.RuneStart(value[n]) {
		n--
	}
	return strings.ToValidUTF8(string(value[:n]), "?")
}
