package parquet

import (
	"fmt"

	"hydrant/formats/column"
)

// Physical types, by their number in the footer.
const (
	physBoolean   = 0
	physInt32     = 1
	physInt64     = 2
	physInt96     = 3
	physFloat     = 4
	physDouble    = 5
	physByteArray = 6
	physFixed     = 7
)

// Annotations of the older kind, by their number in the footer.
const (
	convertedNone       = -1
	convertedUTF8       = 0
	convertedMap        = 1
	convertedMapEntry   = 2
	convertedList       = 3
	convertedDecimal    = 5
	convertedDate       = 6
	convertedTimeMillis = 9
	convertedTimeMicros = 10
	convertedInt8       = 15
	convertedInt16      = 16
)

// Annotations of the newer kind, by their field in the union.
const (
	logicalNone      = 0
	logicalString    = 1
	logicalMap       = 2
	logicalList      = 3
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTimestamp = 8
	logicalInteger   = 10

	unitMillis = 1
	unitMicros = 2
)

// Repetitions of an element. The root has none.
const (
	repetitionNone     = -1
	repetitionRequired = 0
	repetitionOptional = 1
	repetitionRepeated = 2
)

// maxLevel is the largest level that a leaf can carry.
const maxLevel = 255

// Values of Options.Timestamps.
const (
	timestampsInt96  = "int96"
	timestampsMillis = "millis"
	timestampsMicros = "micros"
)

// A leafSchema is what the footer says of one leaf, and its largest levels.
type leafSchema struct {
	path           []string
	typ            column.Type
	physical       int32
	length         int // bytes of a value of physFixed
	maxDef, maxRep uint8
}

// A schemaBuilder appends the elements of a schema depth-first, and gathers
// its leaves in the same order.
type schemaBuilder struct {
	t          *thrift
	timestamps string
	hive       bool // lists and maps have Hive's names
	elements   int
	leaves     []leafSchema
}

// buildSchema returns the leaves of s and its elements as they lie in the
// footer, without the head of their list.
func buildSchema(s *column.Schema, o *Options) ([]leafSchema, schemaElements, error) {
	if len(s.Columns) == 0 {
		return nil, schemaElements{}, fmt.Errorf("parquet: schema: no columns")
	}
	b := &schemaBuilder{t: new(thrift), timestamps: o.Timestamps, hive: o.ListNames == namesHive}
	b.group("schema", repetitionNone, len(s.Columns), convertedNone, logicalNone)
	for _, c := range s.Columns {
		if err := b.column([]string{c.Name}, &c.Type, repetitionOptional, 0, 0); err != nil {
			return nil, schemaElements{}, err
		}
	}
	return b.leaves, schemaElements{b.t.b, b.elements}, nil
}

// schemaElements are the elements of a schema in Thrift.
type schemaElements struct {
	b []byte
	n int
}

// column adds the element of one column or part of it, and what is below it.
// def and rep are the largest levels of its parent.
func (b *schemaBuilder) column(path []string, t *column.Type, repetition int32, def, rep int) error {
	if repetition == repetitionOptional {
		def++
	}
	if def > maxLevel {
		return fmt.Errorf("parquet: schema: column %s: nested too deep", path[0])
	}
	name := path[len(path)-1]
	switch t.Kind {
	case column.Array:
		b.group(name, repetition, 1, convertedList, logicalList)
		list, element := "list", "element"
		if b.hive {
			list, element = "bag", "array_element"
		}
		b.group(list, repetitionRepeated, 1, convertedNone, logicalNone)
		return b.column(below(path, list, element), t.Elem, repetitionOptional, def+1, rep+1)
	case column.Map:
		b.group(name, repetition, 1, convertedMap, logicalMap)
		entry, converted := "key_value", int32(convertedNone)
		if b.hive {
			entry, converted = "map", convertedMapEntry
		}
		b.group(entry, repetitionRepeated, 2, converted, logicalNone)
		err := b.column(below(path, entry, "key"), t.Key, repetitionRequired, def+1, rep+1)
		if err != nil {
			return err
		}
		return b.column(below(path, entry, "value"), t.Elem, repetitionOptional, def+1, rep+1)
	case column.Struct:
		return b.structure(path, t, repetition, def, rep)
	}
	return b.leaf(path, t, repetition, def, rep)
}

func (b *schemaBuilder) structure(path []string, t *column.Type, repetition int32, def, rep int) error {
	if len(t.Fields) == 0 {
		return fmt.Errorf("parquet: schema: column %s: a struct without fields", path[0])
	}
	b.group(path[len(path)-1], repetition, len(t.Fields), convertedNone, logicalNone)
	for _, f := range t.Fields {
		if err := b.column(below(path, f.Name), &f.Type, repetitionOptional, def, rep); err != nil {
			return err
		}
	}
	return nil
}

// below returns path with names added, never sharing its array.
func below(path []string, names ...string) []string {
	return append(append(make([]string, 0, len(path)+len(names)), path...), names...)
}

// group adds an element with children.
func (b *schemaBuilder) group(name string, repetition int32, children int, converted int32, logical int16) {
	b.elements++
	b.t.open()
	if repetition != repetitionNone {
		b.t.i32(3, repetition)
	}
	b.t.string(4, name)
	b.t.i32(5, int32(children))
	if converted != convertedNone {
		b.t.i32(6, converted)
	}
	if logical != logicalNone {
		b.t.openField(10)
		b.t.empty(logical)
		b.t.close()
	}
	b.t.close()
}

// leaf adds the element of a primitive type.
func (b *schemaBuilder) leaf(path []string, t *column.Type, repetition int32, def, rep int) error {
	p, err := b.primitive(t)
	if err != nil {
		return fmt.Errorf("parquet: schema: column %s: %w", path[0], err)
	}
	b.elements++
	b.t.open()
	b.t.i32(1, p.physical)
	if p.physical == physFixed {
		b.t.i32(2, int32(p.length))
	}
	b.t.i32(3, repetition)
	b.t.string(4, path[len(path)-1])
	if p.converted != convertedNone {
		b.t.i32(6, p.converted)
	}
	if t.Kind == column.Decimal {
		b.t.i32(7, int32(t.Scale))
		b.t.i32(8, int32(t.Precision))
	}
	if p.logical != nil {
		b.t.openField(10)
		p.logical(b.t)
		b.t.close()
	}
	b.t.close()
	b.leaves = append(b.leaves, leafSchema{
		path: path, typ: *t, physical: p.physical, length: p.length,
		maxDef: uint8(def), maxRep: uint8(rep),
	})
	return nil
}

// A primitive is how values of a Hive type lie in the file.
type primitive struct {
	physical  int32
	length    int // of physFixed
	converted int32
	logical   func(*thrift) // appends the member of the union; nil for none
}

// primitive returns how values of t lie in the file. Readers of the older
// annotations get them wherever the format defines one (Apache Parquet
// format, Logical Types); nothing is ever unsigned.
func (b *schemaBuilder) primitive(t *column.Type) (primitive, error) {
	switch t.Kind {
	case column.Boolean:
		return primitive{physical: physBoolean, converted: convertedNone}, nil
	case column.TinyInt:
		return primitive{physInt32, 0, convertedInt8, integer(8)}, nil
	case column.SmallInt:
		return primitive{physInt32, 0, convertedInt16, integer(16)}, nil
	case column.Int:
		return primitive{physical: physInt32, converted: convertedNone}, nil
	case column.BigInt:
		return primitive{physical: physInt64, converted: convertedNone}, nil
	case column.Float:
		return primitive{physical: physFloat, converted: convertedNone}, nil
	case column.Double:
		return primitive{physical: physDouble, converted: convertedNone}, nil
	case column.Decimal:
		return decimal(t)
	case column.String, column.Char, column.Varchar:
		return primitive{physByteArray, 0, convertedUTF8, plainLogical(logicalString)}, nil
	case column.Binary:
		return primitive{physical: physByteArray, converted: convertedNone}, nil
	case column.Date:
		return primitive{physInt32, 0, convertedDate, plainLogical(logicalDate)}, nil
	case column.Timestamp:
		return timestamp(b.timestamps), nil
	}
	return primitive{}, fmt.Errorf("no Parquet type for Hive type %d", t.Kind)
}

// timestamp returns INT96, or INT64 not adjusted to UTC: a Hive timestamp has
// no zone, and readers move what is adjusted to UTC into their own zone. The
// older annotation knows only adjusted values; the format asks for it all the
// same, since readers that know no other would see bare integers.
func timestamp(kind string) primitive {
	switch kind {
	case timestampsMillis:
		return primitive{physInt64, 0, convertedTimeMillis, localTime(unitMillis)}
	case timestampsMicros:
		return primitive{physInt64, 0, convertedTimeMicros, localTime(unitMicros)}
	}
	return primitive{physical: physInt96, converted: convertedNone}
}

// decimal returns the shortest fixed length that holds the precision, as Hive
// writes decimals.
func decimal(t *column.Type) (primitive, error) {
	if t.Precision < 1 || t.Precision > 38 || t.Scale < 0 || t.Scale > t.Precision {
		return primitive{}, fmt.Errorf("decimal(%d,%d) is out of range", t.Precision, t.Scale)
	}
	logical := func(w *thrift) {
		w.openField(logicalDecimal)
		w.i32(1, int32(t.Scale))
		w.i32(2, int32(t.Precision))
		w.close()
	}
	return primitive{physFixed, decimalLength(t.Precision), convertedDecimal, logical}, nil
}

// decimalLength returns the bytes that two's complement needs for precision
// decimal digits: the smallest n with 10^precision <= 2^(8n-1).
func decimalLength(precision int) int {
	// log2(10) is 3.321928...; rounded up, exact for 1 to 38 digits.
	bits := (precision*3321929 + 999999) / 1000000
	return (bits + 1 + 7) / 8
}

func plainLogical(id int16) func(*thrift) { return func(t *thrift) { t.empty(id) } }

func integer(width int8) func(*thrift) {
	return func(t *thrift) {
		t.openField(logicalInteger)
		t.i8(1, width)
		t.bool(2, true) // signed
		t.close()
	}
}

func localTime(unit int16) func(*thrift) {
	return func(t *thrift) {
		t.openField(logicalTimestamp)
		t.bool(1, false) // adjusted to UTC
		t.openField(2)
		t.empty(unit)
		t.close()
		t.close()
	}
}
