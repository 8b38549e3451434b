package column

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"hydrant/formats/oracle"
)

// schemaOf parses "name type, name type".
func schemaOf(t testing.TB, columns ...string) *Schema {
	t.Helper()
	s := &Schema{}
	for _, c := range columns {
		name, text, _ := strings.Cut(c, " ")
		typ, err := ParseType(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Columns = append(s.Columns, Column{Name: name, Type: typ})
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return s
}

func everyType(t testing.TB) *Schema {
	return schemaOf(t, "b boolean", "t tinyint", "h smallint", "i int", "l bigint", "f float", "d double",
		"m decimal(9,2)", "n decimal(38,10)", "s string", "v varchar(5)", "day date", "at timestamp", "x binary")
}

// randomDoc writes an object of awkward values in random order and case.
func randomDoc(r *rand.Rand, names []string) []byte {
	blank := func() string { return []string{"", "", "", " ", "\n\t", "  "}[r.IntN(6)] }
	var b bytes.Buffer
	b.WriteString(blank() + "{" + blank())
	for i := range r.IntN(6) {
		if i > 0 {
			b.WriteString("," + blank())
		}
		name := names[r.IntN(len(names))]
		switch r.IntN(8) {
		case 0:
			name = strings.ToUpper(name)
		case 1:
			name = "other" + name
		case 2:
			name = fmt.Sprintf(`\u%04x`, name[0]) + name[1:]
		}
		value := oracle.Awkward[r.IntN(len(oracle.Awkward))]
		if r.IntN(3) == 0 {
			value = randomNumber(r)
		}
		fmt.Fprintf(&b, `"%s"%s:%s%s%s`, name, blank(), blank(), value, blank())
	}
	b.WriteString("}" + blank())
	return b.Bytes()
}

func randomNumber(r *rand.Rand) string {
	digits := make([]byte, 1+r.IntN(25))
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	s := strings.TrimLeft(string(digits), "0") + "1"
	if r.IntN(2) == 0 {
		s = "-" + s
	}
	if r.IntN(2) == 0 {
		s += "." + strconv.Itoa(r.IntN(1<<r.IntN(60)+1))
	}
	if r.IntN(4) == 0 {
		s += "e" + strconv.Itoa(r.IntN(60)-30)
	}
	if r.IntN(4) == 0 {
		s = `"` + s + `"`
	}
	return s
}

func TestRowsAreWhatEncodingJSONReads(t *testing.T) {
	s := everyType(t)
	c := New(s)
	var names []string
	for _, col := range s.Columns {
		names = append(names, col.Name)
		for _, v := range oracle.Awkward { // each value in each column
			agree(t, s, c, []byte(`{"`+col.Name+`":`+v+`}`))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 6000 {
		if c.Rows() > 300 {
			c.Reset()
		}
		agree(t, s, c, randomDoc(r, names))
	}
}

func TestDamagedRowsFailAsEncodingJSONSays(t *testing.T) {
	s := everyType(t)
	whole := []byte(`{"b":true,"l":-12.50e1,"s":"a\u00e9\\é\"","x":null,"other":[1,{"a":[]},"b"],"at":"2026-01-02T03:04:05Z","v":{"K":[true,false]}}`)
	c := New(s)
	for i := range whole {
		agree(t, s, c, whole[:i])
		for _, bad := range []byte{0, '"', '\\', '{', ']', ',', ' ', '0', 0x7f, 0xff, 0xc3} {
			damaged := bytes.Clone(whole)
			damaged[i] = bad
			agree(t, s, c, damaged)
		}
	}
}

func TestMonstersAreRefused(t *testing.T) {
	s := everyType(t)
	c := New(s)
	number := strings.Repeat("9", 400)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, doc := range []string{
		strings.Repeat("[", 1<<20), strings.Repeat(`{"s":`, 1<<18), `{"s":` + deep(maxDepth-1) + `}`, `{"s":` + deep(maxDepth) + `}`,
		`{"none":` + deep(maxDepth) + `}`, `{"l":` + number + `}`, `{"m":` + number + `}`, `{"n":0.` + number + `}`, `{"d":` + number + `}`,
		`{"d":` + number + `e-300}`, `{"at":` + number + `}`, `{"l":"` + number + `"}`, `{"n":` + number + `e-380}`,
		"\x00", "{\"s\":\"\x00\"}", "{\"s\":\"\xff\"}", "{\"\xff\":1}", `{"s":"` + strings.Repeat("é", 1<<16) + `"}`,
		"", " \n\t ", "null", "12", `"a"`, "[1]", "tru", "[1", "\ufeff{}", "{} {}", "{},", "{}\x00", "{\"l\":\"x\"} x",
	} {
		agree(t, s, c, []byte(doc))
	}
}

func TestErrorsNameColumnAndValue(t *testing.T) {
	s := schemaOf(t, "id bigint", "speed decimal(5,1)", "small tinyint", "s string")
	for _, tt := range []struct{ doc, code, message, column, value string }{
		{`{"id":"oops"}`, MalformedData, `Data does not match the schema. For input string: "oops"`, "id", "oops"},
		{`{"id":3.5}`, MalformedData, `Data does not match the schema. For input string: "3.5" (bigint takes no fraction)`, "id", "3.5"},
		{`{"small":300}`, MalformedData, `Data does not match the schema. 300 is out of the range of tinyint, -128 to 127`, "small", "300"},
		{`{"speed":12345.6}`, MalformedData, `Data does not match the schema. 12345.6 is out of the range of decimal(5,1)`, "speed", "12345.6"},
		{`{"id":[1]}`, MalformedData, `Data does not match the schema. "[1]" is no bigint`, "id", "[1]"},
		{`{"id":"` + strings.Repeat("é", 99) + `"}`, MalformedData, `Data does not match the schema. For input string: "` + strings.Repeat("é", 50) + `"`, "id", strings.Repeat("é", 50)},
		{`  `, MalformedData, `The record was empty or contained only whitespace.`, "", ""},
		{`7`, MalformedData, `The input JSON contained a primitive at the top level; the top level must be an object.`, "", "7"},
		{`[{}]`, MalformedData, `The input JSON contained an array at the top level; the top level must be an object.`, "", "[{}]"},
		{`{"id":1 "s":2}`, ParseError, `Encountered malformed JSON. At byte 8: found '"' where a comma or the end of the object is expected.`, "", `"s":2}`},
		{`{"id":tru}`, ParseError, `Encountered malformed JSON. At byte 6: found 't' where a value is expected.`, "id", `tru}`},
		{`{"s":"a`, ParseError, `Encountered malformed JSON. At byte 7: the text ends inside a string.`, "s", ``},
		{"{\"s\":\"a\xff\"}", ParseError, `Encountered malformed JSON. At byte 7: invalid UTF-8.`, "", "\ufffd\"}"},
		{`{"id":"x"`, ParseError, `Encountered malformed JSON. At byte 9: the text ends where a comma or the end of the object is expected.`, "id", ``},
	} {
		var got *RowError
		if err := New(s).AppendJSON([]byte(tt.doc)); !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a row error", tt.doc, err)
			continue
		}
		if want := (RowError{tt.code, tt.message, tt.column, tt.value}); *got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.doc, *got, want)
		}
	}
}

func TestFirstOfEqualKeysCounts(t *testing.T) {
	c := New(schemaOf(t, "a bigint", "b string"))
	for _, doc := range []string{`{"A":1,"a":2,"b":null,"b":"x"}`, `{"a":1,"\u0061":"oops"}`} {
		if err := c.AppendJSON([]byte(doc)); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if got, want := fmt.Sprint(rowOf(c, c.Rows()-1)), "[1 <nil>]"; got != want {
			t.Errorf("%s: got %s, want %s", doc, got, want)
		}
	}
}

func TestManyKeysAreFoundWithoutBeingRemembered(t *testing.T) {
	c := New(schemaOf(t, "wanted bigint"))
	for i := range 3 * maxKeys {
		doc := fmt.Sprintf(`{"k%d":1,"wanted":%d}`, i, i)
		if err := c.AppendJSON([]byte(doc)); err != nil {
			t.Fatal(err)
		}
		if got := c.Leaves[0].Ints[i]; got != int64(i) {
			t.Fatalf("row %d holds %d", i, got)
		}
	}
	if len(c.top.keys) > maxKeys+1 {
		t.Errorf("remembers %d keys, want at most %d", len(c.top.keys), maxKeys+1)
	}
}

func TestSeveralObjectsOfARecordAreRowsOfTheirOwn(t *testing.T) {
	s := schemaOf(t, "a bigint")
	for _, tt := range []struct {
		doc   string
		parts []string
		codes string // of each part: '.' is a row, M MalformedData, P ParseError
		rows  int
	}{
		{`{"a":1}`, []string{`{"a":1}`}, ".", 1},
		{`{"a":1}{"a":2}`, []string{`{"a":1}`, `{"a":2}`}, "..", 2},
		{" {\"a\":1}\n{\"a\":2}\r\n", []string{" {\"a\":1}\n", "{\"a\":2}\r\n"}, "..", 2},
		{`{"a":1}{"a":"x"}{"a":3}`, []string{`{"a":1}`, `{"a":"x"}`, `{"a":3}`}, ".M.", 2},
		{"{\"a\":1\n{\"a\":2}\n", []string{"{\"a\":1\n", "{\"a\":2}\n"}, "P.", 1},
		{"oops\n{\"a\":2}", []string{"oops\n", "{\"a\":2}"}, "P.", 1},
		{`{"a":1},{"a":2}`, []string{`{"a":1}`, `,{"a":2}`}, ".P", 1},
		{`[1] {"a":1} 7`, []string{`[1] `, `{"a":1} `, `7`}, "M.M", 1},
		{"{\"b\":\"\xff\"}{\"a\":1}", []string{"{\"b\":\"\xff\"}", `{"a":1}`}, "P.", 1},
		{" \n", []string{" \n"}, "M", 0},
		{``, []string{``}, "M", 0},
	} {
		c := New(s)
		var parts []string
		codes := ""
		err := c.AppendJSONMany([]byte(tt.doc), func(part []byte, err error) {
			parts = append(parts, string(part))
			var re *RowError
			switch {
			case err == nil:
				codes += "."
			case errors.As(err, &re) && re.Code == MalformedData:
				codes += "M"
			default:
				codes += "P"
			}
		})
		if err != nil || codes != tt.codes || c.Rows() != tt.rows || fmt.Sprintf("%q", parts) != fmt.Sprintf("%q", tt.parts) {
			t.Errorf("%q: got %q %s, %d rows, %v; want %q %s, %d rows", tt.doc, parts, codes, c.Rows(), err, tt.parts, tt.codes, tt.rows)
		}
		if err := checkLeaves(c); err != nil {
			t.Errorf("%q: %v", tt.doc, err)
		}
	}
}

func FuzzAppendJSON(f *testing.F) {
	for _, v := range oracle.Awkward {
		f.Add([]byte(`{"s":` + v + `,"l":1}`))
		f.Add([]byte(`{"n":` + v + `,"at":` + v + `}`))
	}
	f.Add([]byte("{\"a\":1\n{\"a\":2}"))
	s := everyType(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		c := New(s)
		if err := c.AppendJSON([]byte(`{"s":"before","l":1,"at":2,"n":3,"x":"eA=="}`)); err != nil {
			t.Fatal(err)
		}
		agree(t, s, c, doc)
		var parts []byte
		rows, good := c.Rows(), 0
		if err := c.AppendJSONMany(doc, func(part []byte, err error) {
			parts = append(parts, part...)
			if err == nil {
				good++
			}
		}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(parts, doc) || c.Rows() != rows+good {
			t.Fatalf("%q: parts are %q; %d rows added, %d reported", doc, parts, c.Rows()-rows, good)
		}
		if err := checkLeaves(c); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSplitterGivesOneLineForEachValue(t *testing.T) {
	doc := "{\"A\" : 1,\n\t\"b\": \"x y\"}[1, 2]{bad}\n{\"c\":2}"
	var got, failed []string
	var p Splitter
	p.Split([]byte(doc), func(v []byte) { got = append(got, string(v)) }, func(part []byte, err error) {
		if err != nil {
			failed = append(failed, string(part))
		}
	})
	if want := `["{\"A\":1,\"b\":\"x y\"}" "[1, 2]" "{\"c\":2}"]`; fmt.Sprintf("%q", got) != want {
		t.Errorf("got %q, want %s", got, want)
	}
	if want := `["{bad}\n"]`; fmt.Sprintf("%q", failed) != want {
		t.Errorf("failed %q, want %s", failed, want)
	}
	for _, v := range got {
		if !json.Valid([]byte(v)) {
			t.Errorf("%q is no JSON", v)
		}
	}
}
