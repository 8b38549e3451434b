package column

import "strings"

// A node is a column or a part of one, as values are read into it.
type node struct {
	typ        *Type
	name       string   // its path as messages have it: "items.element.sku"
	path       []string // its path as leaves have it: items, list, element, sku
	first, end int32    // its leaves
	def        uint8    // definition level of a value that is there
	depth      uint8    // how many arrays and maps are around it

	key, elem *node    // Map; Array and Map
	fields    *members // Struct
	keys      keySet   // Map
	stamp     uint64   // of the struct that has a value for it, see members
}

// Members are the columns of the rows, or the fields of a struct, by the keys
// that stand for them.
type members struct {
	fields []*node
	def    uint8  // definition level of the struct
	stamp  uint64 // of the struct that is being read

	keys     []key            // keys that were met, as they are written
	firstKey int32            // the key that came first last time
	byText   map[string]int32 // into keys, by their text without quotes
	byName   map[string]int32 // targets, by Serde.name of the key
}

// A key is a JSON key as documents write it, and what followed it.
type key struct {
	quick  quickKey
	target int32
	next   int32 // the key that came after it last time
}

// A target is what a key stands for: a leaf that is a column of its own, from
// 0 on; unknown; or below that a field of the members, by fieldTarget.
const unknown = -1

func fieldTarget(field int) int32    { return int32(-2 - field) }
func targetField(target int32) int32 { return -2 - target }

// plan adds the leaves of columns to c and returns their members. parent is
// nil for the columns of the rows.
func (c *Columns) plan(columns []Column, parent *node) *members {
	m := &members{byText: map[string]int32{}, byName: map[string]int32{}}
	above := node{}
	if parent != nil {
		above = *parent
		m.def = parent.def
	}
	for i := range columns {
		col := &columns[i]
		n := c.planType(&col.Type, &above, above.def+1, above.depth, col.Name, col.Name)
		m.fields = append(m.fields, n)
		if n.name == c.collectInto {
			c.collectNode = n
			continue
		}
		target := fieldTarget(i)
		if parent == nil && !col.Type.Kind.IsNested() {
			target = n.first
		}
		name := c.serde.key(n.name, col.Name)
		m.byName[name] = target
		c.learn(m, name, target)
	}
	for i := range m.keys {
		m.keys[i].next = int32((i + 1) % len(m.keys))
	}
	return m
}

// planType adds the leaves of t, a part of above, which messages call name and
// leaves path.
func (c *Columns) planType(t *Type, above *node, def, depth uint8, name string, path ...string) *node {
	n := &node{typ: t, name: name, def: def, depth: depth, first: int32(len(c.Leaves))}
	if above.name != "" {
		n.name = above.name + "." + name
	}
	n.path = append(append(n.path, above.path...), path...)
	switch t.Kind {
	case Array:
		n.elem = c.planType(t.Elem, n, def+2, depth+1, "element", "list", "element")
	case Map:
		n.key = c.planType(t.Key, n, def+1, depth+1, "key", "key_value", "key")
		n.elem = c.planType(t.Elem, n, def+2, depth+1, "value", "key_value", "value")
	case Struct:
		n.fields = c.plan(t.Fields, n)
	default:
		l := Leaf{Path: n.path, Type: *t, MaxDef: def, MaxRep: depth, name: n.name}
		if t.Kind == Timestamp {
			l.times = c.times
		}
		c.Leaves = append(c.Leaves, l)
	}
	n.end = int32(len(c.Leaves))
	return n
}

// Leaves returns the leaves of the schema, depth-first and without values.
func (s *Schema) Leaves() []Leaf { return New(s).Leaves }

// Name is the path of the leaf as messages have it: "geo.lat", "tags.element",
// and "labels.key" and "labels.value" of a map.
func (l *Leaf) Name() string {
	if l.name != "" {
		return l.name
	}
	return strings.Join(l.Path, ".")
}
