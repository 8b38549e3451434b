package column

import (
	"strings"
	"unicode/utf8"
)

// AppendJSON adds the one object that doc holds as a row.
//
// Keys are found without regard to capitals; of equal ones the first counts;
// unknown ones are skipped, missing ones and null are null. Values are coerced
// as the OpenX SerDe does (Firehose developer guide, Record format
// conversion), with these differences: times may have offsets (RFC 3339); a
// number with a fraction is refused for an integer column, and one that no
// value of the type is near to is refused for any; binary is base64; decimals
// are exact and rounded half up at their scale; text is cut at the length of
// char and varchar.
//
// An error is a [*RowError], or [ErrFull].
func (c *Columns) AppendJSON(doc []byte) error {
	if err := c.take(len(doc)); err != nil {
		return err
	}
	c.s.load(doc)
	i := c.s.blank(0)
	end := c.appendValue(i, utf8.Valid(doc))
	if end >= 0 {
		if end = c.s.blank(end); end == c.s.n {
			c.finish()
			return nil
		}
		c.current = -1
		c.s.unexpected(end, "the end of the record")
	}
	end, err := c.explain(i)
	if end >= 0 && c.s.blank(end) < c.s.n {
		c.s.unexpected(c.s.blank(end), "the end of the record")
		return c.s.parseError()
	}
	return err
}

// AppendJSONMany adds the objects of doc, each as a row that succeeds or fails
// by itself, and calls done for each in order with the part of doc that it
// is (with the white space around it, so that the parts add up to doc) and nil
// or a [*RowError]. Objects follow each other with white space between them or
// without. After text that is no JSON the next object is looked for at the
// start of a line.
//
// The error that it returns is [ErrFull], and then it added nothing.
func (c *Columns) AppendJSONMany(doc []byte, done func(part []byte, err error)) error {
	if err := c.take(len(doc)); err != nil {
		return err
	}
	c.s.load(doc)
	c.s.parts(doc, c, done)
	return nil
}

// value adds the row that begins at i. It returns the index behind it, also
// for a row that failed if its end is known.
func (c *Columns) value(i int, valid bool) (end int, err error) {
	if end = c.appendValue(i, valid); end >= 0 {
		c.finish()
		return end, nil
	}
	return c.explain(i)
}

// appendValue reads the row that begins at i and returns the index behind it.
// After a fault, of the text or of a value, explain tells.
func (c *Columns) appendValue(i int, valid bool) int {
	c.mismatch, c.current = nil, -1
	if !valid {
		if c.mismatch = c.s.checkUTF8(i); c.mismatch != nil {
			return -1
		}
	}
	if c.s.doc[i] == '{' {
		return c.object(i)
	}
	c.mismatch = c.s.noObject(i)
	return -1
}

// explain takes back the row that began at i and says why it failed. A row
// that is no JSON at all is a parse error even if a value did not fit before.
func (c *Columns) explain(i int) (end int, err error) {
	c.Truncate(c.rows)
	if c.mismatch != nil {
		if i == c.s.n {
			return i, c.mismatch
		}
		if end = c.s.skip(i, 0); end >= 0 {
			return end, c.mismatch
		}
	}
	bad := c.s.parseError()
	if c.current >= 0 {
		bad.Column = strings.Join(c.Leaves[c.current].Path, ".")
	}
	return -1, bad
}
