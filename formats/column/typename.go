package column

import (
	"strconv"
	"strings"
)

// names are Hive's spellings of the kinds without parameters.
var names = map[Kind]string{
	Boolean: "boolean", TinyInt: "tinyint", SmallInt: "smallint", Int: "int", BigInt: "bigint",
	Float: "float", Double: "double", Decimal: "decimal", String: "string", Char: "char",
	Varchar: "varchar", Date: "date", Timestamp: "timestamp", Binary: "binary",
	Array: "array", Map: "map", Struct: "struct",
}

// String returns the kind's name in Hive, without parameters.
func (k Kind) String() string {
	if s, ok := names[k]; ok {
		return s
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// IsNested says whether values of the kind hold other values.
func (k Kind) IsNested() bool { return k == Array || k == Map || k == Struct }

// String returns the type exactly as Hive and Glue write it: small letters,
// "int" and not "integer", no blanks. Athena refuses any other spelling.
func (t Type) String() string { return string(t.append(nil)) }

func (t Type) append(b []byte) []byte {
	b = append(b, t.Kind.String()...)
	switch t.Kind {
	case Decimal:
		b = append(b, '(')
		b = strconv.AppendInt(b, int64(t.Precision), 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(t.Scale), 10)
		b = append(b, ')')
	case Char, Varchar:
		b = append(b, '(')
		b = strconv.AppendInt(b, int64(t.Length), 10)
		b = append(b, ')')
	case Array:
		b = append(t.Elem.append(append(b, '<')), '>')
	case Map:
		b = append(t.Key.append(append(b, '<')), ',')
		b = append(t.Elem.append(b), '>')
	case Struct:
		b = t.appendFields(append(b, '<'))
		b = append(b, '>')
	}
	return b
}

func (t Type) appendFields(b []byte) []byte {
	for i, f := range t.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, f.Name...), ':')
		b = f.Type.append(b)
	}
	return b
}

func (k Kind) isText() bool { return k == String || k == Char || k == Varchar }

// plain are the type names without parameters, with Hive's synonyms.
var plain = map[string]Kind{
	"boolean": Boolean, "tinyint": TinyInt, "smallint": SmallInt, "int": Int, "integer": Int,
	"bigint": BigInt, "float": Float, "real": Float, "double": Double, "string": String,
	"date": Date, "timestamp": Timestamp, "binary": Binary,
}

// foreign are names from other systems and what Hive calls them.
var foreign = map[string]string{
	"text": "string", "str": "string", "varchar2": "varchar(n)", "nvarchar": "varchar(n)", "nchar": "char(n)",
	"character": "char(n)", "clob": "string", "uuid": "string", "json": "string", "enum": "string",
	"int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "long": "bigint",
	"short": "smallint", "byte": "tinyint", "uint8": "smallint", "uint16": "int", "uint32": "bigint",
	"uint64": "decimal(20,0)", "int2": "smallint", "int4": "int", "serial": "int", "bigserial": "bigint", "number": "decimal(p,s)",
	"float32": "float", "float64": "double", "float4": "float", "float8": "double", "money": "decimal(19,4)",
	"bool": "boolean", "bit": "boolean", "datetime": "timestamp", "timestamptz": "timestamp",
	"time": "string", "bytes": "binary", "bytea": "binary", "blob": "binary", "varbinary": "binary",
	"list": "array<...>", "set": "array<...>", "object": "struct<...>", "record": "struct<...>", "row": "struct<...>",
	"dict": "map<...>", "interval": "string",
}

// suggest returns what to write instead of an unknown type name, or "".
func suggest(word string) string {
	if s, ok := foreign[word]; ok {
		return s
	}
	best, distance := "", 3
	for _, name := range []string{
		"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "string",
		"char", "varchar", "date", "timestamp", "binary", "array", "map", "struct",
	} {
		if d := editDistance(word, name); d < distance && d < len(name)-1 {
			best, distance = name, d
		}
	}
	return best
}

// editDistance is the number of letters to insert, delete or replace to turn a
// into b (Levenshtein).
func editDistance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// quote returns s in quotes, cut so that a message stays readable.
func quote(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "..."
	}
	return strconv.Quote(s)
}
