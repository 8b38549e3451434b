package column

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxRowSlots bounds how many slots the arrays and maps of one row may have in
// all leaves together: small JSON can stand for a lot of nulls.
const maxRowSlots = 1 << 24

// addRep adds the repetition level of a slot.
func (l *Leaf) addRep(rep uint8) {
	l.Rep = append(l.Rep, rep)
	if rep == 0 {
		l.begun++
	}
}

// nulls adds a slot without value to each leaf of n.
func (c *Columns) nulls(n *node, def, rep uint8) {
	for i := n.first; i < n.end; i++ {
		l := &c.Leaves[i]
		l.Def = append(l.Def, def)
		if l.MaxRep > 0 {
			l.addRep(rep)
		}
	}
}

// nested adds the value at i to n. rep is the repetition level of its first
// slot: 0 at the start of a row, else the depth of the array or map of which
// it begins another element.
func (c *Columns) nested(n *node, i int, rep uint8) int {
	if n.typ.Kind.IsNested() {
		c.current = n.first
		if c.s.doc[i] == 'n' {
			end := c.s.literal(i, "null")
			if end >= 0 {
				c.nulls(n, n.def-1, rep)
			}
			return end
		}
	}
	switch n.typ.Kind {
	case Array:
		return c.list(n, i, rep)
	case Map:
		return c.mapping(n, i, rep)
	case Struct:
		return c.structure(n, i, rep)
	}
	l := &c.Leaves[n.first]
	c.current = n.first
	end := c.scalar(l, i)
	if end >= 0 && l.MaxRep > 0 {
		l.addRep(rep)
	}
	return end
}

// enter counts the array or object at i as one that is being read; leave does
// the opposite.
func (c *Columns) enter(i int) bool {
	c.depth++
	if c.depth > maxDepth {
		c.s.fail(i, "values nest too deep")
		return false
	}
	return true
}

func (c *Columns) leave() { c.depth-- }

// list adds the array at i. With OpenX any other value is its one element.
func (c *Columns) list(n *node, i int, rep uint8) int {
	s := &c.s
	if s.doc[i] != '[' {
		if c.serde.isHive() {
			return c.misfit(n, i, "java.io.IOException: Start of Array expected")
		}
		return c.nested(n.elem, i, rep)
	}
	if !c.enter(i) {
		return -1
	}
	if i = s.blank(i + 1); s.doc[i] == ']' {
		c.nulls(n, n.def, rep)
		c.leave()
		return i + 1
	}
	for {
		if !c.room(n) {
			return -1
		}
		if i = c.nested(n.elem, i, rep); i < 0 {
			return -1
		}
		rep = n.elem.depth
		switch i = s.blank(i); s.doc[i] {
		case ',':
			i = s.blank(i + 1)
		case ']':
			c.leave()
			return i + 1
		default:
			c.current = -1
			return s.unexpected(i, "a comma or the end of the array")
		}
	}
}

// room counts the slots of another element of n.
func (c *Columns) room(n *node) bool {
	if c.slots += int(n.end - n.first); c.slots <= maxRowSlots {
		return true
	}
	c.misfitNode(n, fmt.Sprintf("the row has more than %d values", maxRowSlots), nil)
	return false
}

// mapping adds the object at i as a map. Of equal keys the first counts:
// readers keep an arbitrary one.
func (c *Columns) mapping(n *node, i int, rep uint8) int {
	s := &c.s
	if s.doc[i] != '{' {
		return c.noObject(n, i)
	}
	if !c.enter(i) {
		return -1
	}
	if i = s.blank(i + 1); s.doc[i] == '}' {
		c.nulls(n, n.def, rep)
		c.leave()
		return i + 1
	}
	keys := &c.Leaves[n.key.first]
	n.keys.begin(keys)
	for {
		known := false
		if i, known = c.mapKey(n, keys, i); i < 0 {
			return -1
		}
		switch {
		case known:
			i = s.skip(i, c.depth)
		case !c.room(n):
			return -1
		default:
			keys.addRep(rep)
			i = c.nested(n.elem, i, rep)
			rep = n.elem.depth
		}
		if i < 0 {
			return -1
		}
		switch i = s.blank(i); s.doc[i] {
		case ',':
			i = s.blank(i + 1)
		case '}':
			c.leave()
			return i + 1
		default:
			c.current = -1
			return s.unexpected(i, "a comma or the end of the object")
		}
	}
}

// mapKey adds the key at i, unless the map has it already, and returns the
// index of its value.
func (c *Columns) mapKey(n *node, keys *Leaf, i int) (value int, known bool) {
	s := &c.s
	c.current = -1
	if s.doc[i] != '"' {
		return s.unexpected(i, "a key in quotes"), false
	}
	end, escaped := s.stringEnd(i + 1)
	if end < 0 {
		return -1, false
	}
	text := s.doc[i+1 : end]
	if value = s.colon(end + 1); value < 0 {
		return -1, false
	}
	c.current = n.key.first
	if why := keys.addText(c.keyText(text, escaped)); why != "" {
		return c.mismatched(keys, why, text), false
	}
	if known = !n.keys.add(keys); known {
		keys.drop()
	}
	return value, known
}

// keyText returns a key as maps have it. It is valid until the next call.
func (c *Columns) keyText(text []byte, escaped bool) []byte {
	lower := c.serde.lowers()
	if !escaped && !lower {
		return text
	}
	if escaped {
		c.scratch = appendUnescaped(c.scratch[:0], text)
	} else {
		c.scratch = append(c.scratch[:0], text...)
	}
	switch {
	case !lower:
	case isASCII(c.scratch):
		lowerASCII(c.scratch)
	default:
		return c.lowerRunes(c.scratch)
	}
	return c.scratch
}

// lowerRunes returns text in small letters, in the memory behind it.
func (c *Columns) lowerRunes(text []byte) []byte {
	n := len(text)
	for i := 0; i < n; {
		r, size := utf8.DecodeRune(text[i:n])
		i += size
		text = utf8.AppendRune(text, unicode.ToLower(r))
	}
	c.scratch = text
	return text[n:]
}

// structure adds the value at i as a struct: an object, or with OpenX an array
// of the fields by position.
func (c *Columns) structure(n *node, i int, rep uint8) int {
	switch {
	case c.s.doc[i] == '{':
		if i = c.object(n.fields, i, rep); i >= 0 {
			c.absent(n.fields, rep)
		}
		return i
	case c.s.doc[i] == '[' && !c.serde.isHive():
		return c.positions(n, i, rep)
	}
	return c.noObject(n, i)
}

// absent makes the fields null that the struct did not name.
func (c *Columns) absent(m *members, rep uint8) {
	for _, f := range m.fields {
		if f.stamp != m.stamp {
			c.nulls(f, m.def, rep)
		}
	}
}

// positions adds the array at i as the fields of a struct. Missing ones are
// null, others are left out.
func (c *Columns) positions(n *node, i int, rep uint8) int {
	s := &c.s
	if !c.enter(i) {
		return -1
	}
	next := 0
	for i = s.blank(i + 1); s.doc[i] != ']' || next > 0; {
		if next < len(n.fields.fields) {
			i = c.nested(n.fields.fields[next], i, rep)
		} else {
			i = s.skip(i, c.depth)
		}
		next++
		if i < 0 {
			return -1
		}
		if i = s.blank(i); s.doc[i] == ']' {
			break
		}
		if s.doc[i] != ',' {
			c.current = -1
			return s.unexpected(i, "a comma or the end of the array")
		}
		i = s.blank(i + 1)
	}
	for ; next < len(n.fields.fields); next++ {
		c.nulls(n.fields.fields[next], n.def, rep)
	}
	c.leave()
	return i + 1
}

// noObject explains that the value at i is not the object that n needs.
func (c *Columns) noObject(n *node, i int) int {
	end := c.s.skip(i, c.depth)
	if end < 0 {
		return -1
	}
	b := c.s.doc[i:end]
	switch {
	case c.serde.isHive():
		return c.misfitNode(n, "java.io.IOException: Start of Object expected", b)
	case n.typ.Kind == Struct:
		return c.misfitNode(n, "Data is not JSONObject  but "+javaClass(b)+" with value "+c.javaValue(i, b), b)
	}
	return c.misfitNode(n, javaClass(b)+" cannot be cast to org.openx.data.jsonserde.json.JSONObject", b)
}

// javaValue is a value as Java prints it.
func (c *Columns) javaValue(i int, b []byte) string {
	if b[0] != '"' {
		return Excerpt(b)
	}
	return Excerpt(appendUnescaped(nil, b[1:len(b)-1]))
}

// javaClass is the class that the OpenX SerDe holds a value in.
func javaClass(b []byte) string {
	switch b[0] {
	case '"':
		return "java.lang.String"
	case 't', 'f':
		return "java.lang.Boolean"
	case '[':
		return "org.openx.data.jsonserde.json.JSONArray"
	}
	if bytes.ContainsAny(b, ".eE") {
		return "java.lang.Double"
	}
	if _, _, fits := parseInt(b); !fits {
		return "java.math.BigInteger"
	}
	return "java.lang.Long"
}

// misfit is misfitNode for the value at i, if that is JSON.
func (c *Columns) misfit(n *node, i int, why string) int {
	end := c.s.skip(i, c.depth)
	if end < 0 {
		return -1
	}
	return c.misfitNode(n, why, c.s.doc[i:end])
}

// misfitNode notes that a value does not fit n, and returns -1.
func (c *Columns) misfitNode(n *node, why string, value []byte) int {
	c.mismatch = &RowError{
		Code:    MalformedData,
		Message: dataMismatch + why,
		Column:  n.name,
		Value:   Excerpt(value),
	}
	return -1
}
