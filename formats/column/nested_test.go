package column

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"hydrant/formats/oracle"
)

// tableSchema is a made-up table as a schema.
func tableSchema(t testing.TB, table oracle.Type) *Schema {
	t.Helper()
	s, err := ParseSchema(table.String())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNestedValuesHaveTheirLevels(t *testing.T) {
	const rows = `{}|{"a":null}|{"a":[]}|{"a":[null]}|{"a":[[]]}|{"a":[[1,null],null,[2]]}|{"m":{}}|{"m":{"K":null,"l":{"x":1}}}|{"s":{}}|{"s":{"t":{}}}|{"s":null,"a":7}`
	s := schemaOf(t, "a array<array<int>>", "m map<string,struct<x:int>>", "s struct<t:struct<u:int>>")
	c := New(s)
	for _, doc := range strings.Split(rows, "|") {
		agree(t, s, c, []byte(doc))
	}
	for i, want := range []string{
		"a.list.element.list.element max 5 2 def [0 0 1 2 3 5 4 2 5 0 0 0 0 5] rep [0 0 0 0 0 0 2 1 1 0 0 0 0 0]",
		"m.key_value.key max 2 1 def [0 0 0 0 0 0 1 2 2 0 0 0] rep [0 0 0 0 0 0 0 0 1 0 0 0]",
		"m.key_value.value.x max 4 1 def [0 0 0 0 0 0 1 2 4 0 0 0] rep [0 0 0 0 0 0 0 0 1 0 0 0]",
		"s.t.u max 3 0 def [0 0 0 0 0 0 0 0 1 2 0] rep []",
	} {
		l := &c.Leaves[i]
		got := fmt.Sprint(strings.Join(l.Path, "."), " max ", l.MaxDef, l.MaxRep, " def ", l.Def, " rep ", l.Rep)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNestedRowsAgreeWithTheOracle(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 300
	}
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 1))
		table := oracle.RandomTable(r, 4, 3)
		s := tableSchema(t, table)
		randomSerde(r, s)
		c := New(s)
		w := oracle.Writer{Rand: r, Odd: []int{0, 5, 60}[r.IntN(3)]}
		for range 20 {
			agree(t, s, c, w.Row(table))
		}
		if r.IntN(4) == 0 {
			keep := r.IntN(c.Rows() + 1)
			want := fmt.Sprint(rowsOf(c)[:keep])
			c.Truncate(keep)
			if got := fmt.Sprint(rowsOf(c)); got != want || checkLeaves(c) != nil {
				t.Fatalf("%s after Truncate(%d): got %s, want %s, %v", table, keep, got, want, checkLeaves(c))
			}
		}
	}
}

func rowsOf(c *Columns) (rows []oracle.Struct) {
	for i := range c.Rows() {
		rows = append(rows, rowOf(c, i))
	}
	return rows
}

// randomSerde changes how rows are read.
func randomSerde(r *rand.Rand, s *Schema) {
	d := &s.Serde
	if r.IntN(4) == 0 {
		d.Kind = Hive
	}
	d.CaseSensitive = r.IntN(4) == 0
	d.DotsToUnderscores = r.IntN(2) == 0
	d.Unknown = []string{"", Drop, Archive, Collect}[r.IntN(4)]
	if d.Unknown == Collect {
		d.CollectInto = "rest"
		rest := Type{Kind: String}
		if r.IntN(2) == 0 {
			rest = Type{Kind: Map, Key: &Type{Kind: String}, Elem: &Type{Kind: String}}
		}
		s.Columns = append(s.Columns, Column{Name: "rest", Type: rest})
	}
	if r.IntN(4) == 0 {
		s.Columns[r.IntN(len(s.Columns))].Required = true
	}
}

// fails checks the error of a row.
func fails(t *testing.T, c *Columns, doc, column, message string) {
	t.Helper()
	rows := c.Rows()
	err := c.AppendJSON([]byte(doc))
	var re *RowError
	if !errors.As(err, &re) || re.Message != message || re.Column != column || c.Rows() != rows {
		t.Errorf("%s:\ngot  %+v\nwant column %q, %s", doc, err, column, message)
	}
	if err := checkLeaves(c); err != nil {
		t.Errorf("%s: %v", doc, err)
	}
}

func TestOpenXTellsNestedMisfitsAsFirehoseDoes(t *testing.T) {
	c := New(schemaOf(t, "s struct<a:int,b:array<struct<x:int>>>", "m map<int,int>", "n int"))
	fails(t, c, `{"s":42}`, "s", "Data does not match the schema. Data is not JSONObject  but java.lang.Long with value 42")
	fails(t, c, `{"s":"a\"b"}`, "s", `Data does not match the schema. Data is not JSONObject  but java.lang.String with value a"b`)
	fails(t, c, `{"s":1.5}`, "s", "Data does not match the schema. Data is not JSONObject  but java.lang.Double with value 1.5")
	fails(t, c, `{"s":{"b":[{"x":1},{"x":"oops"}]},"n":1}`, "s.b.element.x", `Data does not match the schema. For input string: "oops"`)
	fails(t, c, `{"m":{"1":1,"k":2}}`, "m.key", `Data does not match the schema. For input string: "k"`)
	fails(t, c, `{"m":{"1":[]}}`, "m.value", `Data does not match the schema. "[]" is no int`)
	fails(t, c, `{"m":[1]}`, "m", "Data does not match the schema. org.openx.data.jsonserde.json.JSONArray cannot be cast to org.openx.data.jsonserde.json.JSONObject")
	fails(t, c, `{"s":{"b":[{"x":1]}}`, "", "Encountered malformed JSON. At byte 17: found ']' where a comma or the end of the object is expected.")
}

func TestHiveTellsMisfitsAsFirehoseDoes(t *testing.T) {
	s := schemaOf(t, "a array<int>", "s struct<x:int>", "m map<string,int>", "n int", "t string", "at timestamp", "b boolean")
	s.Serde.Kind = Hive
	c := New(s)
	const numeric = "Data does not match the schema. Current token (VALUE_STRING) not numeric, can not use numeric value accessors"
	fails(t, c, `{"n":"42"}`, "n", numeric)
	fails(t, c, `{"a":["42"]}`, "a.element", numeric)
	fails(t, c, `{"a":42}`, "a", "Data does not match the schema. java.io.IOException: Start of Array expected")
	fails(t, c, `{"s":[42]}`, "s", "Data does not match the schema. java.io.IOException: Start of Object expected")
	fails(t, c, `{"m":42}`, "m", "Data does not match the schema. java.io.IOException: Start of Object expected")
	fails(t, c, `{"t":{"a":1}}`, "t", "One or more fields have incorrect format. Exception when validating field (root)")
	fails(t, c, `{"at":"2026-01-02T03:04:05Z"}`, "at", "Data does not match the schema. Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
	fails(t, c, `{"b":1}`, "b", "Data does not match the schema. Current token (VALUE_NUMBER_INT) not of boolean type")
	for _, doc := range []string{`{"T":42,"M":{"KEY":1,"key":2}}`, `{"at":"2026-1-2 03:04:05.123456789"}`, `{"a":[],"s":{},"b":true,"t":true}`} {
		agree(t, s, c, []byte(doc))
	}
	if got, want := fmt.Sprint(rowOf(c, 0)), "[<nil> <nil> [{KEY 1} {key 2}] <nil> 42 <nil> <nil>]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeysAreFoundAsTheSerdeSays(t *testing.T) {
	const doc = `{"TS":1,"ts":2,"a.b":3,"deep":{"Lat.Lon":4},"timestamp":"5","Keys":{"K":1}}`
	for _, tt := range []struct {
		name  string
		serde Serde
		want  string
	}{
		{"openx", Serde{}, "[1 <nil> [<nil>] [{k 1}]]"},
		{"case sensitive", Serde{CaseSensitive: true}, "[2 <nil> [<nil>] <nil>]"},
		{"dots", Serde{DotsToUnderscores: true}, "[1 3 [4] [{k 1}]]"},
		{"mapped", Serde{Mappings: map[string]string{"ts": "TimeStamp", "deep.lat_lon": "lat.lon"}}, "[5 <nil> [4] [{k 1}]]"},
		{"mapped case", Serde{CaseSensitive: true, Mappings: map[string]string{"ts": "TS", "keys": "Keys"}}, "[1 <nil> [<nil>] [{K 1}]]"},
		{"hive", Serde{Kind: Hive, Mappings: map[string]string{"ts": "a.b"}}, "[3 <nil> [<nil>] [{K 1}]]"},
	} {
		s := schemaOf(t, "ts int", "a_b int", "deep struct<lat_lon:int>", "keys map<string,int>")
		s.Serde = tt.serde
		c := New(s)
		for range 2 { // the second time, keys are expected
			if err := c.AppendJSON([]byte(doc)); err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if got := fmt.Sprint(rowOf(c, c.Rows()-1)); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
			}
		}
	}
}

func TestKeysOfMapsAreUnique(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `,"k%d":%d`, i*7%1000, i)
	}
	s := schemaOf(t, "m map<char(3),int>", "n map<string,map<int,string>>", "d map<double,int>")
	c := New(s)
	for range 2 {
		agree(t, s, c, []byte(`{"m":{`+b.String()[1:]+`},"n":{"a":{"1":"x","01":"y","2":"z"},"A":{},"b":{"1":"x"}},"d":{"0":1,"-0":2,"0.0":3}}`))
	}
	if n := len(c.Leaves[0].Ends); n != 2*100 { // k0 to k99; k100 is cut to k10
		t.Errorf("got %d keys, want 200", n)
	}
}

func TestUnknownMembersAreKept(t *testing.T) {
	const doc = `{"Id":1,"New":{"A": [1, "B"]},"x":"té\n","n":null,"new":2,"rest":true,"s":{"y":1}}`
	for _, tt := range []struct{ column, want string }{
		{"rest string", `[1 {"new":{"a":[1,"B"]},"x":"té\n","n":null,"rest":true} [<nil>]]`},
		{"rest map<string,string>", "[1 [{new {\"a\":[1,\"B\"]}} {x té\n} {n <nil>} {rest true}] [<nil>]]"},
	} {
		s := schemaOf(t, "id int", tt.column, "s struct<x:int>")
		s.Serde.Unknown, s.Serde.CollectInto = Collect, "rest"
		c := New(s)
		for _, d := range []string{doc, `{"id":2}`, `{"id":"oops","z":1}`, doc} {
			err := c.AppendJSON([]byte(d))
			if (err != nil) != strings.Contains(d, "oops") {
				t.Errorf("%s: %v", d, err)
			}
		}
		if got, want := fmt.Sprint(rowsOf(c)), "["+tt.want+" [2 <nil> <nil>] "+tt.want+"]"; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.column, got, want)
		}
	}
	s := schemaOf(t, "id int", "s struct<x:int>")
	s.Serde.Unknown = Archive
	c := New(s)
	fails(t, c, `{"id":1,"New":2}`, "", `Data does not match the schema. The schema has no column "New"`)
	fails(t, c, `{"id":1,"s":{"x":1,"y":2}}`, "", `Data does not match the schema. The schema has no column "y"`)
}

func TestRequiredColumnsHaveAValue(t *testing.T) {
	s := schemaOf(t, "id int", "l array<int>", "o int")
	s.Columns[0].Required, s.Columns[1].Required = true, true
	c := New(s)
	const message = "Data does not match the schema. The column is required, and is missing or null"
	fails(t, c, `{"l":[]}`, "id", message)
	fails(t, c, `{"id":null,"l":[]}`, "id", message)
	fails(t, c, `{"id":1}`, "l", message)
	fails(t, c, `{"id":1,"l":null}`, "l", message)
	for _, doc := range []string{`{"id":1,"l":[]}`, `{"id":1,"l":[null]}`} {
		agree(t, s, c, []byte(doc))
	}
	if c.Rows() != 2 {
		t.Errorf("got %d rows, want 2", c.Rows())
	}
}

func TestNestedCellsAreJSON(t *testing.T) {
	s := schemaOf(t, "a array<string>", "s struct<x:int>", "n int", "rest map<string,string>")
	s.Serde.Unknown, s.Serde.CollectInto = Collect, "rest"
	c := New(s)
	c.BindFields([]string{"A", "s", "n", "More", "more", "rest"})
	for _, cells := range []string{`["x", "y"]|{"X":1}|3|m|ignored|r`, `plain|[4]|||`, `{"a":|5|3|||`} {
		var row [][]byte
		for _, cell := range strings.Split(cells, "|") {
			if row = append(row, []byte(cell)); cell == "" {
				row[len(row)-1] = nil
			}
		}
		if err := c.AppendFields(row[:6]); (err != nil) != strings.Contains(cells, "|5|") {
			t.Errorf("%s: %v", cells, err)
		}
		if err := checkLeaves(c); err != nil {
			t.Error(err)
		}
	}
	want := "[[[x y] [1] 3 [{more m} {rest r}]] [[plain] [4] <nil> <nil>]]"
	if got := fmt.Sprint(rowsOf(c)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestARowOfManyNullsIsRefused(t *testing.T) {
	s := &Schema{Columns: []Column{{Name: "wide", Type: Type{Kind: Array, Elem: &Type{Kind: Struct}}}}}
	for i := range 1000 {
		elem := s.Columns[0].Type.Elem
		elem.Fields = append(elem.Fields, Column{Name: fmt.Sprint("f", i), Type: Type{Kind: Int}})
	}
	c := New(s)
	fails(t, c, `{"wide":[`+strings.Repeat("{},", 20000)+`{}]}`, "wide", "Data does not match the schema. the row has more than 16777216 values")
	agree(t, s, c, []byte(`{"wide":[{},{}]}`))
}

func TestSchemasTellWhatIsWrongWithTheirSerde(t *testing.T) {
	for _, tt := range []struct {
		serde Serde
		want  string
	}{
		{Serde{Kind: "avro"}, `column: serde "avro" is not one of openx, hive`},
		{Serde{Mappings: map[string]string{"no": "x"}}, `column: mappings: there is no column "no"`},
		{Serde{Mappings: map[string]string{"a": "B"}}, `column b: reads the key "b", which column a reads`},
		{Serde{TimestampFormats: []string{"yyyy ww"}}, `column: timestamp format "yyyy ww": the letter w can't be read`},
		{Serde{Unknown: "keep"}, `column: unknown columns "keep" are not one of drop, archive, collect`},
		{Serde{Unknown: Collect}, "column: the column into which unknown members are collected is missing"},
		{Serde{Unknown: Collect, CollectInto: "a"}, "column a: unknown members are collected into string or map<string,string>, not int"},
	} {
		s := schemaOf(t, "a int", "b int", "s struct<a:int>")
		s.Serde = tt.serde
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v, want %s", tt.serde, err, tt.want)
		}
	}
}

func FuzzNestedRow(f *testing.F) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := oracle.Writer{Rand: r, Odd: 30}
		f.Add(seed, w.Row(oracle.RandomTable(r, 4, 3)))
	}
	f.Fuzz(func(t *testing.T, seed uint64, doc []byte) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := tableSchema(t, oracle.RandomTable(r, 4, 3))
		randomSerde(r, s)
		c := New(s)
		if err := c.AppendJSON([]byte(`{"c0_x":null,"C1.X":null}`)); err != nil && len(c.Leaves) == 0 {
			t.Fatal(err)
		}
		agree(t, s, c, doc)
	})
}

func TestRowsTakeNoMemoryOfTheirOwn(t *testing.T) {
	table := "struct<a:array<struct<x:int,t:array<string>>>,m:map<string,double>,s:struct<at:timestamp,d:decimal(30,3)>,rest:map<string,string>>"
	s := tableSchema(t, oracle.MustType(table))
	s.Serde.Unknown, s.Serde.CollectInto = Collect, "rest"
	c := New(s)
	docs := []string{
		`{"a":[{"x":1,"t":["p","q"]},null,{"t":[]}],"m":{"Ké":1,"ÀÖ":2.5,"k\u0041":3},"s":{"at":"2026-01-02T03:04:05Z","d":"1.5"},"other":{"X":[1]}}`,
		`{"m":{},"s":[1518033528,3],"new":"text","a":{"x":7}}`,
	}
	add := func() {
		for range 100 {
			for _, doc := range docs {
				if err := c.AppendJSON([]byte(doc)); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.Reset()
	}
	add()
	if allocs := testing.AllocsPerRun(10, add); allocs > 0.4 {
		t.Errorf("got %g allocations for 200 rows, want none", allocs)
	}
}
