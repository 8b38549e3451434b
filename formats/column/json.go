package column

import "bytes"

// Bounds of what is remembered of the keys in documents.
const (
	maxKeys    = 4096 // how many beside the schema's
	maxKeyText = 128  // bytes of one
)

// learn remembers a key by its text in documents, which has no escapes, and
// returns its place in keys.
func (c *Columns) learn(text string, leaf int32) int32 {
	n := int32(len(c.keys))
	c.keys = append(c.keys, key{quick: newQuickKey(text), leaf: leaf})
	c.byText[text] = n
	return n
}

// findKey looks up the key at i, which is not the expected one. It returns its
// leaf, its place in keys (-1: it is not remembered), and the index behind it.
func (c *Columns) findKey(i int) (leaf, at int32, end int) {
	s := &c.s
	c.current = -1
	if s.doc[i] != '"' {
		return 0, 0, s.unexpected(i, "a key in quotes")
	}
	end, escaped := s.stringEnd(i + 1)
	if end < 0 {
		return 0, 0, -1
	}
	text := s.doc[i+1 : end]
	if at, ok := c.byText[string(text)]; ok {
		return c.keys[at].leaf, at, end + 1
	}
	name := text
	if escaped {
		name = appendUnescaped(nil, text)
	}
	leaf, ok := c.byName[string(bytes.ToLower(name))]
	if !ok {
		leaf = -1
	}
	if escaped || len(text) > maxKeyText || len(c.keys) >= len(c.Leaves)+maxKeys {
		return leaf, -1, end + 1
	}
	return leaf, c.learn(string(text), leaf), end + 1
}

// object adds the values of the object at i as a row. Documents of a stream
// look alike, so it expects each key to be followed by the one that followed
// it last time, and looks keys up only when that fails.
func (c *Columns) object(i int) int {
	s := &c.s
	if i = s.blank(i + 1); s.doc[i] == '}' {
		return i + 1
	}
	last, expected := int32(-1), c.firstKey
	for {
		var closed bool
		if i, last, expected, closed = c.quickMembers(i, last, expected); closed {
			return i
		}
		k := &c.keys[expected]
		leaf := k.leaf
		if end := k.quick.match(s, i); end > 0 {
			last, expected, i = expected, k.next, s.blank(end)
		} else {
			var at int32
			if leaf, at, i = c.findKey(i); i < 0 {
				return -1
			}
			if at >= 0 {
				c.follow(last, at)
				last, expected = at, c.keys[at].next
			}
			if i = s.colon(i); i < 0 {
				return -1
			}
		}
		if i = c.member(leaf, i); i < 0 {
			return -1
		}
		if i = s.blank(i); s.doc[i] != ',' {
			break
		}
		i = s.blank(i + 1)
	}
	if s.doc[i] != '}' {
		c.current = -1
		return s.unexpected(i, "a comma or the end of the object")
	}
	return i + 1
}

// follow remembers that key at came after key last, or first of all.
func (c *Columns) follow(last, at int32) {
	if last < 0 {
		c.firstKey = at
	} else {
		c.keys[last].next = at
	}
}

// member adds the value at i to the leaf. Values of keys outside the schema
// (leaf -1) and of keys that the object named before are skipped.
func (c *Columns) member(leaf int32, i int) int {
	c.current = leaf
	if leaf < 0 {
		return c.s.skip(i, 1)
	}
	l := &c.Leaves[leaf]
	if len(l.Def) > c.rows {
		return c.s.skip(i, 1)
	}
	switch b := c.s.doc[i]; {
	case b == '"':
		return c.text(l, i)
	case b == '-' || b-'0' <= 9:
		return c.number(l, i)
	case b == 'n':
		end := c.s.literal(i, "null")
		if end >= 0 {
			l.addNull()
		}
		return end
	}
	return c.other(l, i)
}

// text adds the string at i.
func (c *Columns) text(l *Leaf, i int) int {
	end, escaped := c.s.stringEnd(i + 1)
	if end < 0 {
		return -1
	}
	b := c.s.doc[i+1 : end]
	if escaped {
		c.scratch = appendUnescaped(c.scratch[:0], b)
		b = c.scratch
	}
	if l.Type.Kind == String {
		l.addBytes(b)
	} else if why := l.addText(b); why != "" {
		return c.mismatched(l, why, b)
	}
	return end + 1
}

// number adds the number at i. Simple ones, which are nearly all, are read in
// one pass.
func (c *Columns) number(l *Leaf, i int) int {
	m, fraction, n := simpleNumber(c.s.doc[i:])
	if n > 0 && l.addSimple(m, fraction, c.s.doc[i] == '-') {
		return i + n
	}
	end := i + n
	if n == 0 {
		if end = c.s.numberEnd(i); end < 0 {
			return -1
		}
	}
	b := c.s.doc[i:end]
	if why := l.addNumber(b); why != "" {
		return c.mismatched(l, why, b)
	}
	return end
}

// other adds the boolean, object or array at i. A string column takes its
// JSON; char and varchar, which would cut it, take no objects and arrays.
func (c *Columns) other(l *Leaf, i int) int {
	end := c.s.skip(i, 1)
	if end < 0 {
		return -1
	}
	b := c.s.doc[i:end]
	why := ""
	switch nested := b[0] == '{' || b[0] == '['; {
	case !nested && (l.Type.Kind == Boolean || l.Type.Kind.isText()):
		why = l.addText(b)
	case nested && l.Type.Kind == String:
		l.Bytes = c.s.appendCompact(l.Bytes, i, end, true)
		l.endBytes()
	default:
		why = l.notA(b)
	}
	if why != "" {
		return c.mismatched(l, why, b)
	}
	return end
}
