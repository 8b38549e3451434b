package column

// What is collected of a row: members that no column stands for.
type collected struct {
	names  Leaf // String: their names
	set    keySet
	values []span
}

// A span is a value in the document.
type span struct{ from, to int }

// unknownMember takes the member whose key, in quotes, begins at key and whose
// value at i.
func (c *Columns) unknownMember(m *members, key, i int) int {
	c.current = -1
	end := c.s.skip(i, c.depth)
	if end < 0 {
		return -1
	}
	switch c.serde.Unknown {
	case Archive:
		quote, _ := c.s.stringEnd(key + 1)
		c.mismatch = unknownColumn(c.s.doc[key+1:quote], c.s.doc[i:end])
		return -1
	case Collect:
		if m == c.top {
			c.noteUnknown(key, span{i, end})
		}
	}
	return end
}

// unknownColumn is the error of a member that has no column. Its name is as it
// is written, so that it is found.
func unknownColumn(name, value []byte) *RowError {
	return &RowError{
		Code:    MalformedData,
		Message: dataMismatch + "The schema has no column " + quote(Excerpt(name)),
		Value:   Excerpt(value),
	}
}

// noteUnknown keeps a member until the row ends. Of equal names the first
// counts.
func (c *Columns) noteUnknown(key int, value span) {
	k := &c.collected
	if len(k.values) == 0 {
		k.set.begin(&k.names)
	}
	end, escaped := c.s.stringEnd(key + 1)
	k.names.addBytes(c.keyText(c.s.doc[key+1:end], escaped))
	if !k.set.add(&k.names) {
		k.names.drop()
		return
	}
	k.values = append(k.values, value)
}

// forget begins another row.
func (k *collected) forget() {
	if len(k.values) > 0 {
		k.names.truncate(0)
		k.values = k.values[:0]
	}
}

// addCollected gives the row's column what was collected; nothing is null.
func (c *Columns) addCollected() {
	k := &c.collected
	if len(k.values) == 0 {
		return
	}
	l := &c.Leaves[c.collectNode.first]
	if c.collectNode.typ.Kind == Map {
		for i, v := range k.values {
			rep := uint8(min(i, 1))
			l.addBytes(k.names.bytesAt(i))
			l.addRep(rep)
			c.addCollectedText(v, rep)
		}
		return
	}
	for i, v := range k.values {
		l.Bytes = append(l.Bytes, "{,"[min(i, 1)])
		l.Bytes = AppendJSONString(l.Bytes, k.names.bytesAt(i))
		l.Bytes = append(l.Bytes, ':')
		l.Bytes = c.s.appendCompact(l.Bytes, v.from, v.to, c.serde.lowers())
	}
	l.Bytes = append(l.Bytes, '}')
	l.endBytes()
}

// addCollectedText adds a value to the map: the text of a string, the JSON of
// others.
func (c *Columns) addCollectedText(v span, rep uint8) {
	l := &c.Leaves[c.collectNode.elem.first]
	switch doc := c.s.doc; doc[v.from] {
	case 'n':
		l.addNull()
	case '"':
		l.Bytes = appendUnescaped(l.Bytes, doc[v.from+1:v.to-1])
		l.endBytes()
	default:
		l.Bytes = c.s.appendCompact(l.Bytes, v.from, v.to, c.serde.lowers())
		l.endBytes()
	}
	l.addRep(rep)
}
