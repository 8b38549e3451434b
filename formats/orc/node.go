package orc

import (
	"bytes"

	"hydrant/formats/column"
)

// Kinds of streams.
const (
	streamPresent        = 0
	streamData           = 1
	streamLength         = 2
	streamDictionaryData = 3
	streamSecondary      = 5
	streamRowIndex       = 6
	streamBloomUTF8      = 8
)

// Encodings of columns; the plain ones have runs of version 1.
const (
	encodingDirect       = 0
	encodingDictionary   = 1
	encodingDirectV2     = 2
	encodingDictionaryV2 = 3
)

// A namedStream is a stream of a column and its kind.
type namedStream struct {
	kind int
	*stream
}

// A valueWriter writes the values of one column that are not null, stripe
// after stripe.
type valueWriter interface {
	// add adds the values i <= v < j of l, to the statistics and to the filter,
	// if there is one, as well.
	add(l *column.Leaf, i, j int, s *stats, f *bloomFilter)
	// beginGroup notes the positions at which a row group begins. The one
	// before it has ended.
	beginGroup()
	// endGroup ends the runs begun.
	endGroup()
	// finish ends the streams of the stripe.
	finish()
	// positions returns those of row group g. It is called after finish.
	positions(g int) []uint64
	// streams returns the streams of the stripe.
	streams() []namedStream
	// encoding returns the encoding and, if it has one, the dictionary's size.
	encoding() (kind, entries int)
	// reset begins a stripe.
	reset()
	// held returns the bytes of memory held, without the pool's blocks.
	held() int64
	// release gives up scratch memory; a stripe has just begun.
	release()
}

// A node writes one column of the file: the rows themselves, which are its
// column 0, a column of the schema or a part of a nested one. Parts have a
// slot for each time that what they are part of is there.
type node struct {
	*shared
	id       int
	typ      column.Type
	children []*node
	leaf     int // the first leaf below
	inst     uint8
	def      uint8 // levels from which on there is a slot, and a value in it
	rep      uint8 // lists around it

	present   boolEncoder
	lengths   *lengthValues // of lists and maps
	values    valueWriter   // nil for structs
	nulls     bool          // in the stripe
	filter    *bloomFilter
	filters   message // of the stripe
	group     stats
	stripe    stats
	file      stats
	presentAt []uint64 // positions of PRESENT, in each row group
	entries   message  // statistics of the row groups
	entryEnds []int
	onDisk    int64
}

// presentPositions is how many positions PRESENT has in a row group.
func (n *node) presentPositions() int {
	if n.comp.codec == codecNone {
		return 3
	}
	return 4
}

// add adds slots s0 to s1 of l, its first leaf, of which the values v0 to v1
// are this column's if it is primitive.
func (n *node) add(l *column.Leaf, s0, s1, v0, v1 int) {
	slots, values := n.addPresence(l, s0, s1)
	n.group.values += int64(values)
	if values < slots {
		n.nulls, n.group.nulls = true, true
	}
	switch {
	case n.lengths != nil:
		n.lengths.addLists(n, l, s0, s1)
	case n.values != nil:
		n.values.add(l, v0, v1, &n.group, n.filter)
	}
}

// addPresence adds to PRESENT and returns the numbers of slots and of values.
func (n *node) addPresence(l *column.Leaf, s0, s1 int) (slots, values int) {
	if n.def == 0 { // the rows
		return s1 - s0, s1 - s0
	}
	def := l.Def[s0:s1]
	if l.MaxDef > 1 {
		def = n.slots(l, s0, s1)
	}
	values = bytes.Count(def, []byte{1})
	if values == len(def) {
		n.present.addTrue(values)
	} else {
		n.present.add(def)
	}
	return len(def), values
}

// slots returns for each slot of a nested column whether it has a value.
func (n *node) slots(l *column.Leaf, s0, s1 int) []uint8 {
	out := n.bits[:0]
	for i := s0; i < s1; i++ {
		if d := l.Def[i]; d >= n.inst && (l.MaxRep == 0 || l.Rep[i] <= n.rep) {
			bit := uint8(0)
			if d >= n.def {
				bit = 1
			}
			out = append(out, bit)
		}
	}
	n.bits = out
	return out
}

// beginGroup begins a row group.
func (n *node) beginGroup() {
	n.presentAt = n.present.positions(n.presentAt)
	if n.values != nil {
		n.values.beginGroup()
	}
}

// endGroup ends the row group begun.
func (n *node) endGroup() {
	if n.values != nil {
		n.values.endGroup()
	}
	n.group.appendTo(&n.entries, 0)
	n.entryEnds = append(n.entryEnds, len(n.entries.b))
	n.stripe.merge(&n.group)
	n.group.reset()
	if n.filter != nil {
		n.filter.take(&n.filters)
	}
}

// finish ends the stripe's streams.
func (n *node) finish() {
	n.present.finish()
	n.present.bytes.out.flush()
	if n.values != nil {
		n.values.finish()
	}
	n.file.merge(&n.stripe)
}

// rowIndex returns the RowIndex message of the stripe. Without nulls there is
// no PRESENT stream and there are no positions in it.
func (n *node) rowIndex() []byte {
	var index message
	start, per := 0, n.presentPositions()
	for g, end := range n.entryEnds {
		var positions []uint64
		if n.nulls {
			positions = append(positions, n.presentAt[g*per:(g+1)*per]...)
		}
		if n.values != nil {
			positions = append(positions, n.values.positions(g)...)
		}
		var entry message
		entry.packed(1, positions)
		entry.bytes(2, n.entries.b[start:end])
		index.bytes(1, entry.b)
		start = end
	}
	return index.b
}

// streams returns the stripe's data streams.
func (n *node) streams() []namedStream {
	var s []namedStream
	if n.nulls {
		s = append(s, namedStream{streamPresent, n.present.bytes.out})
	}
	if n.values != nil {
		s = append(s, n.values.streams()...)
	}
	return s
}

// reset begins a stripe.
func (n *node) reset() {
	n.present.reset()
	n.present.bytes.out.reset()
	if n.values != nil {
		n.values.reset()
	}
	n.nulls = false
	n.presentAt, n.entryEnds = n.presentAt[:0], n.entryEnds[:0]
	n.entries.b, n.filters.b = n.entries.b[:0], n.filters.b[:0]
	n.stripe.reset()
}

func (n *node) held() int64 {
	sum := n.present.bytes.out.held() + int64(cap(n.presentAt)+cap(n.entryEnds))*8 +
		int64(cap(n.entries.b)+cap(n.filters.b)) + nodeBytes
	if n.values != nil {
		sum += n.values.held()
	}
	if n.filter != nil {
		sum += int64(len(n.filter.set)) * 8
	}
	return sum
}

// nodeBytes is about the size of a node and what it points to.
const nodeBytes = 2 << 10

// release gives up scratch memory; a stripe has just begun.
func (n *node) release() {
	n.present.bytes.out.raw = nil
	n.presentAt, n.entryEnds = nil, nil
	n.entries.b, n.filters.b = nil, nil
	if n.values != nil {
		n.values.release()
	}
}

// size returns about how many bytes of the stripe the column takes.
func (n *node) size() int64 {
	sum := n.present.bytes.out.size()
	if n.values != nil {
		for _, s := range n.values.streams() {
			sum += s.size()
		}
	}
	return sum
}
