package column

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"hydrant/formats/oracle"
	"time"
)

func TestTimestampFormsOfTheOpenXSerDeAndRFC3339(t *testing.T) {
	for text, want := range map[string]string{
		`"2026-01-02T03:04:05Z"`:           "2026-01-02T03:04:05Z",
		`"2026-01-02T03:04:05"`:            "2026-01-02T03:04:05Z",
		`"2026-01-02T03:04:05.123456789Z"`: "2026-01-02T03:04:05.123456789Z",
		`"2026-1-2 3:04:05.5"`:             "2026-01-02T03:04:05.5Z",
		`"2026-01-02T03:04:05+02:00"`:      "2026-01-02T01:04:05Z",
		`"2026-01-02t03:04:05.25-0130"`:    "2026-01-02T04:34:05.25Z",
		`"2026-01-02 03:04:05+09"`:         "2026-01-01T18:04:05Z",
		`"2026-01-02"`:                     "2026-01-02T00:00:00Z",
		`"1969-12-31T23:59:59.9Z"`:         "1969-12-31T23:59:59.9Z",
		`1518033528`:                       "2018-02-07T19:58:48Z",
		`"1518033528"`:                     "2018-02-07T19:58:48Z",
		`1518033528123`:                    "2018-02-07T19:58:48.123Z",
		`"1518033528123"`:                  "2018-02-07T19:58:48.123Z",
		`1518033528.123`:                   "2018-02-07T19:58:48.123Z",
		`1518033528.123456789`:             "2018-02-07T19:58:48.123456789Z",
		`1.518033528123e12`:                "2018-02-07T19:58:48.123Z",
		`-0.25`:                            "1969-12-31T23:59:59.75Z",
		`-1518033528123`:                   "1921-11-24T04:01:11.877Z",
		`"9999-12-31T23:59:59.999999999Z"`: "9999-12-31T23:59:59.999999999Z",
	} {
		c := New(schemaOf(t, "at timestamp"))
		if err := c.AppendJSON([]byte(`{"at":` + text + `}`)); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := valueOf(&c.Leaves[0], 0).(time.Time).Format(time.RFC3339Nano); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{
		`"2001/01/01 00:47"`, `"2026-13-01"`, `"2026-02-29"`, `"2026-01-02T03:04"`, `"2026-01-02T03:04:60Z"`, `"2026-01-02T25:00:00Z"`,
		`"2026-01-02T03:04:05.Z"`, `"2026-01-02T03:04:05 UTC"`, `"2026-01-02T03:04:05+2"`, `"2026-01-02T03:04:05+24:00"`, `""`, `"now"`,
		`999999999999999`, `253402300800`, `"0000-01-01"`, `true`, `{}`, `1e30`,
	} {
		c := New(schemaOf(t, "at timestamp"))
		var re *RowError
		if err := c.AppendJSON([]byte(`{"at":` + text + `}`)); !errors.As(err, &re) || re.Column != "at" {
			t.Errorf("%s: got %v, want an error about column at", text, err)
		}
	}
}

func TestEveryDayIsCountedAsTimeDoes(t *testing.T) {
	for day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() <= 9999; day = day.AddDate(0, 0, 1) {
		got, ok := parseDate([]byte(day.Format("2006-1-2")))
		if !ok || got*86400 != day.Unix() {
			t.Fatalf("%s: got %d %t, want %d", day, got, ok, day.Unix()/86400)
		}
		if day.Year() == 400 {
			day = time.Date(1580, 1, 1, 0, 0, 0, 0, time.UTC)
		} else if day.Year() == 2101 {
			day = time.Date(9990, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
}

func TestFloatsAreStrconvs(t *testing.T) {
	s := schemaOf(t, "f float", "d double")
	c := New(s)
	r := rand.New(rand.NewPCG(5, 6))
	for range 10000 {
		text := fmt.Sprintf("%d.%0*d", r.Int64N(1<<r.IntN(55)+1), 1+r.IntN(9), r.IntN(1e6))
		if r.IntN(2) == 0 {
			text = fmt.Sprintf("%.*g", 1+r.IntN(18), r.NormFloat64())
		}
		agree(t, s, c, []byte(`{"d":`+text+`,"f":`+text+`}`))
		if c.Rows() == 1000 {
			c.Reset()
		}
	}
}

func TestTextIsCutAtItsLengthInCharacters(t *testing.T) {
	c := New(schemaOf(t, "c char(3)", "v varchar(2)"))
	if err := c.AppendJSON([]byte(`{"c":"éèê€","v":"日本語"}`)); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(rowOf(c, 0)), "[éèê 日本]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNestedValuesBecomeCompactTextWithSmallKeys(t *testing.T) {
	c := New(schemaOf(t, "s string"))
	doc := `{"S": { "Geo" : { "LAT" : 1.50, "É\n" : [ {"Deep Key":"Kept Value: \u0041\"" } ] } } }`
	if err := c.AppendJSON([]byte(doc)); err != nil {
		t.Fatal(err)
	}
	want := `{"geo":{"lat":1.50,"é\n":[{"deep key":"Kept Value: \u0041\""}]}}`
	if got := string(c.Leaves[0].Bytes); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFieldsAreCoercedAsStrings(t *testing.T) {
	s := everyType(t)
	c := New(s)
	for i, col := range s.Columns {
		c.BindFields([]string{"unknown", strings.ToUpper(col.Name), col.Name})
		for _, v := range oracle.Awkward {
			if v[0] == '"' || v[0] == '{' || v[0] == '[' {
				continue
			}
			rows := c.Rows()
			want, ok := oracle.Text(oracle.MustType(col.Type.String()), v, true)
			err := c.AppendFields([][]byte{[]byte("ignored"), []byte(v), []byte("second of its name")})
			if ok != (err == nil) {
				t.Errorf("%s %s: got %v, want ok %t", col.Name, v, err, ok)
			} else if ok && !oracle.Same(rowOf(c, rows)[i], want) {
				t.Errorf("%s %s: got %v, want %v", col.Name, v, rowOf(c, rows)[i], want)
			}
			if err := checkLeaves(c); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestFieldsThatFailLeaveNothing(t *testing.T) {
	c := New(schemaOf(t, "s string", "i int"))
	c.BindFields([]string{"s", "i"})
	for _, tt := range []struct {
		cells [][]byte
		want  string
	}{
		{[][]byte{[]byte("a"), []byte("")}, `column i: Data does not match the schema. For input string: ""`},
		{[][]byte{[]byte("a"), []byte("1x")}, `column i: Data does not match the schema. For input string: "1x"`},
		{[][]byte{[]byte("\xff"), nil}, `column s: Data does not match the schema. invalid UTF-8`},
		{[][]byte{[]byte("a")}, `The row has 1 fields where 2 are expected.`},
	} {
		if err := c.AppendFields(tt.cells); err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.cells, err, tt.want)
		}
		if c.Bytes() != 0 || c.Rows() != 0 {
			t.Errorf("%q: %d rows and %d bytes are left", tt.cells, c.Rows(), c.Bytes())
		}
	}
	if err := c.AppendFields([][]byte{nil, nil}); err != nil || fmt.Sprint(rowOf(c, 0)) != "[<nil> <nil>]" {
		t.Errorf("nulls: got %v, %v", rowOf(c, 0), err)
	}
}

func TestColumnsRefuseMoreThanTheirOffsetsHold(t *testing.T) {
	c := New(schemaOf(t, "s string"))
	c.input = MaxInput - 10
	if err := c.AppendJSON([]byte(`{"s":"12345678"}`)); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	c.Reset()
	if err := c.AppendJSON([]byte(`{"s":"12345678"}`)); err != nil || c.Rows() != 1 {
		t.Errorf("after Reset: %v, %d rows", err, c.Rows())
	}
}

func TestTruncateTakesBackRows(t *testing.T) {
	s := everyType(t)
	c, want := New(s), New(s)
	for i := range 50 {
		doc := fmt.Appendf(nil, `{"s":"row %d","l":%d,"at":%d,"n":%d}`, i, i, i, i)
		if i%3 == 0 {
			doc = []byte(`{"d":1.5}`)
		}
		for _, c := range []*Columns{c, want} {
			if c == want && i >= 20 {
				continue
			}
			if err := c.AppendJSON(doc); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Truncate(20)
	if err := checkLeaves(c); err != nil || c.Rows() != 20 || c.Bytes() != want.Bytes() {
		t.Fatalf("got %d rows, %d bytes, %v; want 20 rows, %d bytes", c.Rows(), c.Bytes(), err, want.Bytes())
	}
	for i := range 20 {
		if got, want := fmt.Sprint(rowOf(c, i)), fmt.Sprint(rowOf(want, i)); got != want {
			t.Errorf("row %d: got %s, want %s", i, got, want)
		}
	}
}

func TestRealFlightsAreReadWhole(t *testing.T) {
	s := flightSchema(t)
	c := New(s)
	for _, row := range flights(t) {
		agreeFlight(t, s, c, row)
	}
	if c.Rows() != 2000 {
		t.Errorf("got %d rows, want 2000", c.Rows())
	}
}

func agreeFlight(t *testing.T, s *Schema, c *Columns, row []byte) {
	t.Helper()
	table, serde := oracleOf(&Schema{Columns: s.Columns[:3]})
	want, code := oracle.Row(table, serde, row)
	if err := c.AppendJSON(row); err != nil || code != "" {
		t.Fatalf("%s: %v, want %s", row, err, code)
	}
	if got := (oracle.Struct{valueOf(&c.Leaves[0], c.Rows()-1), valueOf(&c.Leaves[1], c.Rows()-1), valueOf(&c.Leaves[2], c.Rows()-1)}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: got %v, want %v", row, got, want)
	}
}

func TestJSONFieldFindsAPath(t *testing.T) {
	doc := []byte(` {"a":{"x":[1,{"b":0}],"b" : "v\u00e9"},"plain":"text","n":-1.5e3,"t":true,"z":null,"o":{"p":[]},"a":7,"k\u0031":"esc"} trailing`)
	for _, tt := range []struct {
		path  string
		value string
		kind  JSONKind
		ok    bool
	}{
		{"a.b", "vé", JSONString, true}, {"plain", "text", JSONString, true}, {"n", "-1.5e3", JSONNumber, true},
		{"t", "true", JSONBoolean, true}, {"z", "null", JSONNull, true}, {"o", `{"p":[]}`, JSONObject, true},
		{"o.p", "[]", JSONArray, true}, {"k1", "esc", JSONString, true},
		{"A.b", "", 0, false}, {"a.c", "", 0, false}, {"n.x", "", 0, false}, {"o.p.q", "", 0, false}, {"missing", "", 0, false},
	} {
		value, kind, ok := JSONField(doc, strings.Split(tt.path, "."))
		if string(value) != tt.value || kind != tt.kind || ok != tt.ok {
			t.Errorf("%s: got %q %d %t, want %q %d %t", tt.path, value, kind, ok, tt.value, tt.kind, tt.ok)
		}
	}
	for i := range len(doc) - 30 {
		JSONField(doc[:i], []string{"a", "b"}) // no panic
	}
	for _, bad := range []string{"", "[]", "{", `{"a`, `{"a":`, `{"a":{"b":"x`, `{"a" 1}`, `{a:1}`} {
		if v, _, ok := JSONField([]byte(bad), []string{"a", "b"}); ok {
			t.Errorf("%s: found %q", bad, v)
		}
	}
}
