package column

import (
	"errors"
	"strings"
	"testing"
)

func TestTypesAreWrittenAsHiveWritesThem(t *testing.T) {
	for text, want := range map[string]string{
		"boolean": "boolean", "TINYINT": "tinyint", "smallint": "smallint", "int": "int", "Integer": "int",
		"bigint": "bigint", "float": "float", "real": "float", "double": "double", "double  precision": "double",
		"decimal": "decimal(10,0)", "numeric(7)": "decimal(7,0)", "decimal( 38 , 38 )": "decimal(38,38)",
		"string": "string", "char(255)": "char(255)", "varchar ( 65535 )": "varchar(65535)",
		" date ": "date", "timestamp": "timestamp", "binary": "binary",
		"array< int >": "array<int>", "map<string, array<double>>": "map<string,array<double>>",
		"struct<A: bigint, b : struct<c-d:char(3)>>": "struct<a:bigint,b:struct<c-d:char(3)>>",
	} {
		got, err := ParseType(text)
		if err != nil || got.String() != want {
			t.Errorf("%q: got %q, %v; want %q", text, got.String(), err, want)
			continue
		}
		again, err := ParseType(want)
		if err != nil || again.String() != want {
			t.Errorf("%q: read again it is %q, %v", want, again.String(), err)
		}
	}
}

func TestTypeErrorsPointAtTheMistakeAndSayWhatToWrite(t *testing.T) {
	for _, tt := range []struct {
		text    string
		pos     int
		message string // a part of it
	}{
		{"", 0, "a type is missing"},
		{"text", 0, `unknown type "text"; did you mean string?`},
		{"varchar2(10)", 0, "did you mean varchar(n)?"},
		{"array<int64>", 6, "did you mean bigint?"},
		{"map<string,long>", 11, "did you mean bigint?"},
		{"struct<a:int,t:datetime>", 15, "did you mean timestamp?"},
		{"strnig", 0, "did you mean string?"},
		{"timestmp", 0, "did you mean timestamp?"},
		{"flaot", 0, "did you mean float?"},
		{"wibble", 0, "Hive's types are"},
		{"set<int>", 0, "did you mean array<...>?"},
		{"uniontype<int,string>", 0, "Athena reads no uniontype"},
		{"timestamp with time zone", 10, "no other timestamp"},
		{"decimal(39,2)", 8, "from 1 to 38"},
		{"decimal(0)", 8, "from 1 to 38"},
		{"decimal(5,6)", 10, "from 0 to 5"},
		{"decimal(5,2", 11, `')' is missing`},
		{"decimal(5;2)", 9, `')' expected`},
		{"varchar", 7, "varchar needs a length, such as varchar(20)"},
		{"char(256)", 5, "from 1 to 255"},
		{"varchar(99999999999999999999)", 8, "from 1 to 65535"},
		{"int(11)", 3, "int takes no parameters"},
		{"int int", 4, "after the end of the type int"},
		{"array", 5, `'<' is missing after array`},
		{"array<int", 9, `'>' is missing`},
		{"map<string>", 10, `',' expected between`},
		{"map<array<int>,int>", 4, "the key of a map can't be array<int>"},
		{"struct<>", 7, "name:type"},
		{"struct<a int>", 7, "name:type"},
		{"struct<:int>", 7, "no name"},
		{"struct<a:int,A:string>", 13, `two fields "a"`},
		{"<int>", 0, "a type expected"},
		{strings.Repeat("array<", 1e6), 6 * 33, "nest deeper"},
	} {
		_, err := ParseType(tt.text)
		var te *TypeError
		if !errors.As(err, &te) {
			t.Errorf("%.40q: got %v, want a type error", tt.text, err)
			continue
		}
		if te.Pos != tt.pos || !strings.Contains(te.Message, tt.message) {
			t.Errorf("%.40q: got %d %q, want %d %q", tt.text, te.Pos, te.Message, tt.pos, tt.message)
		}
	}
}

func FuzzParseType(f *testing.F) {
	f.Add("struct<a:int,b:map<string,array<decimal(10,2)>>>")
	f.Add("varchar(10")
	f.Add("double precision")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseType(text)
		var te *TypeError
		if err != nil {
			if !errors.As(err, &te) || te.Pos < 0 || te.Pos > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseType(got.String())
		if err != nil || again.String() != got.String() {
			t.Fatalf("%q is %q, read again %q, %v", text, got, again, err)
		}
	})
}

func TestSchemaCheckTellsAllMistakes(t *testing.T) {
	str := Type{Kind: String}
	col := func(name string, t Type) Column { return Column{Name: name, Type: t} }
	s := &Schema{Columns: []Column{
		col("a", str), col("a", str), col("Big", str), col("", str), col("none", Type{}), col("m", Type{Kind: Decimal, Precision: 40}),
		col("v", Type{Kind: Varchar}), col("l", Type{Kind: Array}), col("s", Type{Kind: Struct}), col(strings.Repeat("x", 256), str),
		col("st", Type{Kind: Struct, Fields: []Column{col("f", str), col("f", str)}}),
		col("mp", Type{Kind: Map, Key: &Type{Kind: Array, Elem: &str}, Elem: &str}),
	}}
	err := s.Check()
	if err == nil {
		t.Fatal("got nil")
	}
	for _, want := range []string{
		"column a: declared twice", "column Big: a name is in small letters: big", "has no name", "column none: has no type",
		"column m: decimal(40,0): a precision is 1 to 38", "column v: varchar(0): a length is 1 to 65535", "column l: array of what?",
		"column s: a struct has fields", "at most 255 bytes", "column st.f: declared twice", "column mp: the key of a map can't be array<string>",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if err := (&Schema{}).Check(); err == nil {
		t.Error("a schema without columns passes")
	}
	if err := schemaOf(t, "a int", "b struct<c:map<int,array<string>>>").Check(); err != nil {
		t.Errorf("a good schema: %v", err)
	}
}
