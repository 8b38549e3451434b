package column

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// BindFields says which columns the cells of AppendFields are for, by the keys
// that JSON would have; of equal names the first counts. Cells of names that
// the schema has not are unknown members.
func (c *Columns) BindFields(names []string) {
	c.fields = make([]int32, len(names))
	c.names = make([]string, len(names))
	seen := make(map[int32]bool, len(names))
	unknowns := map[string]bool{}
	for i, name := range names {
		c.names[i] = name
		if c.lower {
			c.names[i] = strings.ToLower(name)
		}
		target, ok := c.top.byName[string(c.serde.name([]byte(name)))]
		switch {
		case !ok && unknowns[c.names[i]], ok && seen[target]:
			target = ignored
		case !ok:
			target = unknown
			unknowns[c.names[i]] = true
		}
		c.fields[i] = target
		seen[target] = true
	}
}

// ignored is the target of a field that another one was before.
const ignored = -1 << 31

// AppendFields adds a row of cells, in the order of the names that were bound.
// A nil cell is null. A cell is coerced as a JSON string of its text, so an
// empty cell fits text columns only; an array, map or struct is written as
// JSON. Errors are those of [Columns.AppendJSON].
func (c *Columns) AppendFields(cells [][]byte) error {
	size := 0
	for _, cell := range cells {
		size += len(cell)
	}
	if err := c.take(size); err != nil {
		return err
	}
	if len(cells) != len(c.fields) {
		return &RowError{Code: MalformedData, Message: fmt.Sprintf("The row has %d fields where %d are expected.", len(cells), len(c.fields))}
	}
	c.mismatch, c.slots = nil, 0
	c.collected.forget()
	for i, target := range c.fields {
		if !c.field(target, i, cells[i]) {
			c.Truncate(c.rows)
			return c.mismatch
		}
	}
	if c.collectNode != nil {
		c.collectCells(cells)
	}
	return c.finish()
}

// field adds one cell and says whether it could.
func (c *Columns) field(target int32, i int, b []byte) bool {
	switch {
	case target >= 0:
		return c.cell(&c.Leaves[target], b)
	case target == unknown && c.serde.Unknown == Archive && b != nil:
		c.mismatch = unknownColumn([]byte(c.names[i]), b)
		return false
	case target == unknown || target == ignored:
		return true
	}
	return c.nestedCell(c.top.fields[targetField(target)], b)
}

// cell adds one cell and says whether it could.
func (c *Columns) cell(l *Leaf, b []byte) bool {
	if b == nil {
		l.addNull()
		return true
	}
	if !utf8.Valid(b) {
		c.mismatched(l, "invalid UTF-8", b)
		c.mismatch.Code = ParseError
		return false
	}
	m, fraction, n := simpleNumber(b)
	if n > 0 && n == len(b) && l.addSimple(m, fraction, b[0] == '-') {
		return true
	}
	if why := l.addText(b); why != "" {
		c.mismatched(l, why, b)
		return false
	}
	return true
}

// nestedCell adds a cell that is the JSON of a nested column. Other text is
// taken as a JSON string.
func (c *Columns) nestedCell(n *node, b []byte) bool {
	if b == nil {
		c.nulls(n, 0, 0)
		return true
	}
	if !utf8.Valid(b) {
		c.misfitNode(n, "invalid UTF-8", b)
		c.mismatch.Code = ParseError
		return false
	}
	c.s.load(b)
	if end := c.s.skip(c.s.blank(0), 1); end < 0 || c.s.blank(end) < c.s.n {
		c.scratch = AppendJSONString(c.scratch[:0], b)
		c.s.load(c.scratch)
	}
	c.depth = 1
	return c.nested(n, c.s.blank(0), 0) >= 0
}

// collectCells gives the row's column the cells of unknown names.
func (c *Columns) collectCells(cells [][]byte) {
	l := &c.Leaves[c.collectNode.first]
	n := uint8(0) // 0 for the first of them, 1 for others
	for i, cell := range cells {
		if c.fields[i] != unknown || cell == nil {
			continue
		}
		name, text := c.names[i], strings.ToValidUTF8(string(cell), "\ufffd")
		if c.collectNode.typ.Kind == Map {
			c.collectCell(name, text, n)
		} else {
			l.Bytes = append(l.Bytes, "{,"[n])
			l.Bytes = AppendJSONString(l.Bytes, []byte(name))
			l.Bytes = append(l.Bytes, ':')
			l.Bytes = AppendJSONString(l.Bytes, []byte(text))
		}
		n = 1
	}
	if n > 0 && c.collectNode.typ.Kind == String {
		l.Bytes = append(l.Bytes, '}')
		l.endBytes()
	}
}

// collectCell adds a cell to the map of unknown ones.
func (c *Columns) collectCell(name, text string, rep uint8) {
	for i, s := range []string{name, text} {
		l := &c.Leaves[int(c.collectNode.first)+i]
		l.addBytes([]byte(s))
		l.addRep(rep)
	}
}
