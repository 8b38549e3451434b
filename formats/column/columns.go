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

	serde   Serde
	times   *timeRule
	lower   bool // keys in JSON text are put in small letters
	strict  bool // values have to be of the column's JSON kind, as for Hive
	s       scanner
	top     *members
	learnt  int      // keys that all members remember
	fields  []int32  // target of each bound field
	names   []string // of the fields, as a row collects them
	scratch []byte   // the text of a string with escapes

	required    []*node // columns that must have a value
	collectInto string
	collectNode *node // the column of that name; nil: none
	collected   collected

	depth    int       // objects and arrays around the value being read
	slots    int       // of the row, in arrays and maps
	stamp    uint64    // of the last struct
	current  int32     // leaf of the value being read, -1: none
	mismatch *RowError // why the current row's value does not fit
}

// New returns empty columns. The schema has passed [Schema.Check]; New panics
// for one that has not.
func New(s *Schema) *Columns {
	if err := s.Check(); err != nil {
		panic(err)
	}
	c := &Columns{serde: s.Serde, times: newTimeRule(&s.Serde), lower: s.Serde.lowers(), strict: s.Serde.isHive()}
	if s.Serde.Unknown == Collect {
		c.collectInto = s.Serde.CollectInto
		c.collected.names = Leaf{Type: Type{Kind: String}, MaxDef: 1}
	}
	c.top = c.plan(s.Columns, nil)
	for i, col := range s.Columns {
		if col.Required {
			c.required = append(c.required, c.top.fields[i])
		}
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
	sum := cap(c.s.doc) + cap(c.scratch) + cap(c.collected.names.Bytes)
	for i := range c.Leaves {
		l := &c.Leaves[i]
		sum += cap(l.Def) + cap(l.Rep) + 8*cap(l.Ints) + 4*cap(l.Nanos) + 8*cap(l.Floats) + cap(l.Bytes) + 4*cap(l.Ends)
	}
	return sum
}

// Reset drops all rows and keeps the memory for the next ones.
func (c *Columns) Reset() {
	c.Truncate(0)
	c.input = 0
}

// Truncate drops the rows from the given one on.
func (c *Columns) Truncate(rows int) {
	for i := range c.Leaves {
		c.Leaves[i].truncateRows(rows)
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

// finish ends a row: columns that it did not name are null. If that can't be,
// nothing is left of the row.
func (c *Columns) finish() error {
	if c.collectNode != nil {
		c.addCollected()
	}
	for i := range c.Leaves {
		l := &c.Leaves[i]
		if l.rows() > c.rows {
			continue
		}
		l.Def = append(l.Def, 0)
		if l.MaxRep > 0 {
			l.addRep(0)
		}
	}
	for _, n := range c.required {
		// A column that is null has one slot of level 0, and no other has any.
		if def := c.Leaves[n.first].Def; def[len(def)-1] == 0 {
			c.Truncate(c.rows)
			return &RowError{Code: MalformedData, Message: dataMismatch + "The column is required, and is missing or null", Column: n.name}
		}
	}
	c.rows++
	return nil
}

// dataMismatch begins Firehose's messages about values that don't fit.
const dataMismatch = "Data does not match the schema. "

// mismatched notes that a value does not fit a leaf, and returns -1.
func (c *Columns) mismatched(l *Leaf, why string, value []byte) int {
	c.mismatch = &RowError{
		Code:    MalformedData,
		Message: dataMismatch + why,
		Column:  l.Name(),
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
