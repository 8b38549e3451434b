package orc

import (
	"fmt"
	"slices"
	"strings"

	"hydrant/formats/column"
)

// buildTree returns the columns of s in pre-order, after column 0, which is
// the rows.
func buildTree(s *column.Schema, o *Options, sh *shared) ([]*node, error) {
	b := treeBuilder{opts: o, shared: sh}
	root := b.open(column.Type{Kind: column.Struct, Fields: s.Columns}, 0, 0, 0)
	for i := range s.Columns {
		c := &s.Columns[i]
		first := len(b.nodes)
		child, err := b.build(c.Type, 0, 1, 0)
		if err != nil {
			return nil, fmt.Errorf("orc: column %s: %w", c.Name, err)
		}
		root.children = append(root.children, child)
		if slices.Contains(o.BloomFilterColumns, c.Name) {
			b.addFilters(b.nodes[first:])
		}
	}
	if err := checkFilters(s, o.BloomFilterColumns); err != nil {
		return nil, err
	}
	if len(s.Columns) == 0 || b.leaves == 0 {
		return nil, fmt.Errorf("orc: the schema has no columns")
	}
	return b.nodes, nil
}

// checkFilters looks for columns that aren't there.
func checkFilters(s *column.Schema, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(s.Columns, func(c column.Column) bool { return c.Name == name }) {
			return fmt.Errorf("orc: bloom filter column %q is not in the schema", name)
		}
	}
	return nil
}

type treeBuilder struct {
	opts   *Options
	shared *shared
	nodes  []*node
	leaves int
}

// open appends a node. Its levels are those of Dremel, as column.Leaf has
// them.
func (b *treeBuilder) open(t column.Type, inst, def, rep uint8) *node {
	n := &node{shared: b.shared, id: len(b.nodes), typ: t, leaf: b.leaves, inst: inst, def: def, rep: rep}
	n.present.bytes.out = &stream{shared: b.shared}
	for _, s := range []*stats{&n.group, &n.stripe, &n.file} {
		s.kind, s.scale = t.Kind, t.Scale
	}
	b.nodes = append(b.nodes, n)
	return n
}

// maxDepth bounds levels, which are bytes; schemas nest less deep.
const maxDepth = 100

// build appends the node of a type and those below.
func (b *treeBuilder) build(t column.Type, inst, def, rep uint8) (*node, error) {
	if def > maxDepth {
		return nil, fmt.Errorf("types nest deeper than %d levels", maxDepth)
	}
	n := b.open(t, inst, def, rep)
	switch t.Kind {
	case column.Struct:
		if len(t.Fields) == 0 {
			return nil, fmt.Errorf("a struct has fields")
		}
		for _, f := range t.Fields {
			if err := b.child(n, &f.Type, def, def+1, rep); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
		}
	case column.Array:
		n.lengths = newLengthValues(b.shared)
		n.values = n.lengths
		return n, b.child(n, t.Elem, def+1, def+2, rep+1)
	case column.Map:
		n.lengths = newLengthValues(b.shared)
		n.values = n.lengths
		if t.Key == nil || t.Key.Kind.IsNested() {
			return nil, fmt.Errorf("the key of a map can't be %v", t.Key)
		}
		if err := b.child(n, t.Key, def+1, def+1, rep+1); err != nil {
			return nil, err
		}
		return n, b.child(n, t.Elem, def+1, def+2, rep+1)
	default:
		n.values = newValues(&t, b.opts, b.shared)
		if n.values == nil {
			return nil, fmt.Errorf("a type of kind %v can't be written", t.Kind)
		}
		b.leaves++
	}
	return n, nil
}

func (b *treeBuilder) child(n *node, t *column.Type, inst, def, rep uint8) error {
	if t == nil {
		return fmt.Errorf("%v of what?", n.typ.Kind)
	}
	c, err := b.build(*t, inst, def, rep)
	n.children = append(n.children, c)
	return err
}

// addFilters gives filters to primitive columns.
func (b *treeBuilder) addFilters(nodes []*node) {
	for _, n := range nodes {
		if n.lengths == nil && n.values != nil && n.typ.Kind != column.Boolean {
			n.filter = newBloomFilter(b.opts.RowIndexStride, b.opts.BloomFilterFPP)
		}
	}
}

// Kinds of types, by their number in the footer, in the order of column.Kind.
var typeKinds = map[column.Kind]uint64{
	column.Boolean: 0, column.TinyInt: 1, column.SmallInt: 2, column.Int: 3, column.BigInt: 4,
	column.Float: 5, column.Double: 6, column.String: 7, column.Binary: 8, column.Timestamp: 9,
	column.Array: 10, column.Map: 11, column.Struct: 12, column.Decimal: 14, column.Date: 15,
	column.Varchar: 16, column.Char: 17,
}

// appendType appends the Type message of the node.
func (n *node) appendType(m *message) {
	m.uint(1, typeKinds[n.typ.Kind])
	if len(n.children) > 0 {
		ids := make([]uint64, len(n.children))
		for i, c := range n.children {
			ids[i] = uint64(c.id)
		}
		m.packed(2, ids)
	}
	for _, f := range n.typ.Fields {
		m.string(3, f.Name)
	}
	switch n.typ.Kind {
	case column.Char, column.Varchar:
		m.uint(4, uint64(n.typ.Length))
	case column.Decimal:
		m.uint(5, uint64(n.typ.Precision))
		m.uint(6, uint64(n.typ.Scale))
	}
}

// names returns the path of a leaf for messages.
func pathOf(l *column.Leaf) string { return strings.Join(l.Path, ".") }
