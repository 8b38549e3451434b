package column

// scalar adds the value at i to a leaf, with its definition level.
func (c *Columns) scalar(l *Leaf, i int) int {
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
		return end + 1
	}
	if c.strict {
		if why := l.notJackson("VALUE_STRING"); why != "" {
			return c.mismatched(l, why, b)
		}
	}
	if why := l.addText(b); why != "" {
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
	if c.strict {
		if why := l.notJackson("VALUE_NUMBER"); why != "" {
			return c.mismatched(l, why, b)
		}
	}
	if why := l.addNumber(b); why != "" {
		return c.mismatched(l, why, b)
	}
	return end
}

// other adds the boolean, object or array at i. A string column takes its
// JSON; char and varchar, which would cut it, take no objects and arrays.
func (c *Columns) other(l *Leaf, i int) int {
	end := c.s.skip(i, c.depth)
	if end < 0 {
		return -1
	}
	b := c.s.doc[i:end]
	if c.strict {
		return c.otherStrictly(l, b, end)
	}
	why := ""
	switch nested := b[0] == '{' || b[0] == '['; {
	case !nested && (l.Type.Kind == Boolean || l.Type.Kind.isText()):
		why = l.addText(b)
	case nested && l.Type.Kind == String:
		l.Bytes = c.s.appendCompact(l.Bytes, i, end, c.lower)
		l.endBytes()
	default:
		why = l.notA(b)
	}
	if why != "" {
		return c.mismatched(l, why, b)
	}
	return end
}

// otherStrictly is other for the Hive SerDe, which takes no nested values but
// where they belong.
func (c *Columns) otherStrictly(l *Leaf, b []byte, end int) int {
	token := map[byte]string{'t': "VALUE_TRUE", 'f': "VALUE_FALSE", '{': "START_OBJECT", '[': "START_ARRAY"}[b[0]]
	why := l.notJackson(token)
	nested := b[0] == '{' || b[0] == '['
	switch {
	case why != "":
		return c.mismatched(l, why, b)
	case nested:
		c.mismatched(l, "", b)
		c.mismatch.Message = "One or more fields have incorrect format. Exception when validating field (root)"
		return -1
	case l.Type.Kind == Boolean || l.Type.Kind.isText():
		why = l.addText(b)
	default:
		why = l.notA(b)
	}
	if why != "" {
		return c.mismatched(l, why, b)
	}
	return end
}

// notJackson says why a leaf does not take a token of that kind, in the words
// of the JSON parser that the Hive SerDe uses.
func (l *Leaf) notJackson(token string) string {
	switch k := l.Type.Kind; {
	case k >= TinyInt && k <= Decimal && token != "VALUE_NUMBER":
		return "Current token (" + token + ") not numeric, can not use numeric value accessors"
	case k == Boolean && token != "VALUE_TRUE" && token != "VALUE_FALSE":
		if token == "VALUE_NUMBER" {
			token = "VALUE_NUMBER_INT"
		}
		return "Current token (" + token + ") not of boolean type"
	}
	return ""
}
