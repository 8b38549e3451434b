// Package column holds rows as columns: the Hive types of a schema, and the
// flat arrays into which JSON objects and CSV fields are scanned and from
// which the column formats are written. Nothing in it assumes a flat schema:
// each leaf carries definition and repetition levels as Parquet and Dremel
// define them.
package column

import "context"

// Kind is the kind of a Hive type.
type Kind uint8

// The Hive types of a Glue table, and what values of a leaf of that kind are.
const (
	Boolean   Kind = iota + 1 // Ints: 0 or 1
	TinyInt                   // Ints
	SmallInt                  // Ints
	Int                       // Ints
	BigInt                    // Ints
	Float                     // Floats, each exactly a float32
	Double                    // Floats
	Decimal                   // precision <= 18: Ints, unscaled; else Bytes, 16 bytes big-endian two's complement
	String                    // Bytes, valid UTF-8
	Char                      // Bytes, valid UTF-8
	Varchar                   // Bytes, valid UTF-8
	Date                      // Ints: days since 1970-01-01
	Timestamp                 // Ints: seconds since 1970-01-01T00:00:00Z rounded down, and Nanos: 0 to 999,999,999
	Binary                    // Bytes
	Array                     // Elem
	Map                       // Key, Elem
	Struct                    // Fields
)

// A Type is a Hive type, such as decimal(10,2) or array<string>.
type Type struct {
	Kind      Kind
	Precision int      // Decimal: 1 to 38
	Scale     int      // Decimal: 0 to Precision
	Length    int      // Char, Varchar
	Key       *Type    // Map
	Elem      *Type    // Array, Map
	Fields    []Column // Struct
}

// A Column is a named, nullable type.
type Column struct {
	Name string // lower case
	Type Type

	// Required makes rows fail in which the column is missing or null. It is
	// for columns of the schema, not for fields of structs. Files declare all
	// columns as nullable.
	Required bool
}

// A Schema is the columns of a table in declared order, and how JSON becomes
// their values.
type Schema struct {
	Columns []Column
	Serde   Serde
}

// A Table is where a catalog, such as Glue, tells a schema.
type Table interface {
	// Schema returns the columns that the table has now, and the version of it
	// that they are of. An error is worth retrying.
	Schema(ctx context.Context) (s *Schema, version string, err error)
}

// A Leaf is the values of one primitive column (or of one primitive part of
// a nested one). Exactly one of Ints, Floats and Bytes is used, by Kind, and
// holds only values that are not null.
type Leaf struct {
	Path   []string // from the root, such as ["tags", "list", "element"]
	Type   Type
	MaxDef uint8 // definition level of a value; 1 for a flat nullable column
	MaxRep uint8 // 0 without lists

	// Def holds a level for each slot: MaxDef for a value, less for a null.
	Def []uint8
	Rep []uint8 // nil when MaxRep is 0

	Ints   []int64
	Nanos  []int32 // beside Ints, for Timestamp only
	Floats []float64
	Bytes  []byte   // the values end to end
	Ends   []uint32 // end offset in Bytes of each value

	name  string    // path as messages have it
	begun int       // with MaxRep: how many rows have slots, that is the zeros in Rep
	times *timeRule // Timestamp: how texts are read; nil: by parseTimestamp
}
