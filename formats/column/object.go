package column

// Bounds of what is remembered of the keys in documents.
const (
	maxKeys    = 4096 // how many beside the schema's
	maxKeyText = 128  // bytes of one
)

// learn remembers a key by its text in documents, which has no escapes, and
// returns its place in keys.
func (c *Columns) learn(m *members, text string, target int32) int32 {
	n := int32(len(m.keys))
	m.keys = append(m.keys, key{quick: newQuickKey(text), target: target})
	m.byText[text] = n
	c.learnt++
	return n
}

// findKey looks up the key at i, which is not the expected one. It returns its
// target, its place in keys (-1: it is not remembered), and the index behind it.
func (c *Columns) findKey(m *members, i int) (target, at int32, end int) {
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
	if at, ok := m.byText[string(text)]; ok {
		return m.keys[at].target, at, end + 1
	}
	name := text
	if escaped {
		name = appendUnescaped(nil, text)
	}
	target, ok := m.byName[string(c.serde.name(name))]
	if !ok {
		target = unknown
	}
	if escaped || len(text) > maxKeyText || c.learnt >= len(c.Leaves)+maxKeys {
		return target, -1, end + 1
	}
	return target, c.learn(m, string(text), target), end + 1
}

// object adds the values of the object at i to its members, whose first slots
// have the repetition level rep. Documents of a stream look alike, so it
// expects each key to be followed by the one that followed it last time, and
// looks keys up only when that fails.
func (c *Columns) object(m *members, i int, rep uint8) int {
	s := &c.s
	if !c.enter(i) {
		return -1
	}
	c.stamp++
	m.stamp = c.stamp
	if i = s.blank(i + 1); s.doc[i] == '}' {
		c.leave()
		return i + 1
	}
	last, expected := int32(-1), m.firstKey
	for {
		if m == c.top {
			var closed bool
			if i, last, expected, closed = c.quickMembers(i, last, expected); closed {
				c.leave()
				return i
			}
		}
		doc, first := s.doc, i
		target, end := int32(unknown), 0
		k := m.expect(expected)
		if k != nil {
			end = k.quick.match(s, i)
		}
		if end > 0 {
			last, expected, i, target = expected, k.next, s.blank(end), k.target
		} else {
			var at int32
			if target, at, i = c.findKey(m, i); i < 0 {
				return -1
			}
			if at >= 0 {
				m.follow(last, at)
				last, expected = at, m.keys[at].next
			}
			if i = s.colon(i); i < 0 {
				return -1
			}
		}
		if target < 0 {
			i = c.member(m, target, first, i, rep)
		} else if l := &c.Leaves[target]; len(l.Def) == c.rows {
			c.current = target
			i = c.scalar(l, i)
		} else { // the row has a value for the column
			c.current = target
			i = s.skip(i, c.depth)
		}
		if i < 0 {
			return -1
		}
		if doc[i] <= ' ' {
			i = s.blank(i)
		}
		if doc[i] != ',' {
			break
		}
		if i++; doc[i] <= ' ' {
			i = s.blank(i)
		}
	}
	if s.doc[i] != '}' {
		c.current = -1
		return s.unexpected(i, "a comma or the end of the object")
	}
	c.leave()
	return i + 1
}

// expect returns a key; nil when none was met yet.
func (m *members) expect(at int32) *key {
	if int(at) < len(m.keys) {
		return &m.keys[at]
	}
	return nil
}

// follow remembers that key at came after key last, or first of all.
func (m *members) follow(last, at int32) {
	if last < 0 {
		m.firstKey = at
	} else {
		m.keys[last].next = at
	}
}

// member adds the value at i, whose key begins at first, to another target.
func (c *Columns) member(m *members, target int32, first, i int, rep uint8) int {
	if target == unknown {
		return c.unknownMember(m, first, i)
	}
	n := m.fields[targetField(target)]
	c.current = n.first
	if n.stamp == m.stamp {
		return c.s.skip(i, c.depth)
	}
	n.stamp = m.stamp
	return c.nested(n, i, rep)
}
