package column

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// BindFields says which columns the cells of AppendFields are for. Capitals
// don't count; cells of names that the schema has not are ignored, and of
// equal names the first counts.
func (c *Columns) BindFields(names []string) {
	c.fields = make([]int32, len(names))
	seen := make(map[int32]bool, len(names))
	for i, name := range names {
		leaf, ok := c.byName[strings.ToLower(name)]
		if !ok || seen[leaf] {
			leaf = -1
		}
		c.fields[i] = leaf
		seen[leaf] = true
	}
}

// AppendFields adds a row of cells, in the order of the names that were bound.
// A nil cell is null. A cell is coerced as a JSON string of its text, so an
// empty cell fits text columns only. Errors are those of [Columns.AppendJSON].
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
	c.mismatch = nil
	for i, leaf := range c.fields {
		if leaf >= 0 && !c.cell(&c.Leaves[leaf], cells[i]) {
			c.Truncate(c.rows)
			return c.mismatch
		}
	}
	c.finish()
	return nil
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
