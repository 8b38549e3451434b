package transform

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hydrant/buffer"
)

// results is an Output that keeps what it's told in one line each.
type results struct {
	said    []string
	sources map[int]string
	lengths map[int]int
	rows    [][]string // Fields; "<null>" for nil
	err     error
}

func (r *results) source(in int, s []byte) {
	if r.sources == nil {
		r.sources, r.lengths = map[int]string{}, map[int]int{}
	}
	r.sources[in] += string(s)
	r.lengths[in] += len(s)
}

func (r *results) Row(in int, row Row) error {
	r.source(in, row.Source)
	if row.Fields == nil {
		r.said = append(r.said, fmt.Sprintf("%d %s", in, row.Data))
		return r.err
	}
	var cells []string
	for _, c := range row.Fields {
		if c == nil {
			cells = append(cells, "<null>")
		} else {
			cells = append(cells, string(c))
		}
	}
	r.rows = append(r.rows, cells)
	r.said = append(r.said, fmt.Sprintf("%d %q", in, cells))
	return r.err
}

func (r *results) Fail(in int, f Failure) error {
	r.source(in, f.Source)
	r.said = append(r.said, fmt.Sprintf("%d %s %s", in, f.Code, f.Message))
	return r.err
}

func (r *results) Drop(in int, source []byte, reason string) error {
	r.source(in, source)
	r.said = append(r.said, fmt.Sprintf("%d dropped: %s", in, reason))
	return r.err
}

func recordsOf(data ...string) []buffer.Record {
	var in []buffer.Record
	for _, d := range data {
		in = append(in, buffer.Record{Data: []byte(d)})
	}
	return in
}

func newCSV(t testing.TB, o CSVOptions) *CSVToJSON {
	t.Helper()
	c, err := NewCSVToJSON(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func runOn(t testing.TB, tr Transform, data ...string) *results {
	t.Helper()
	var got results
	if err := tr.Transform(context.Background(), recordsOf(data...), &got); err != nil {
		t.Fatal(err)
	}
	for i, d := range data {
		if got.sources[i] != d {
			t.Errorf("the sources of %q are %q together", d, got.sources[i])
		}
	}
	return &got
}

func TestCSVBecomesJSON(t *testing.T) {
	ab := CSVOptions{Columns: []string{"a", "b"}, EmptyNull: true, SnakeCase: true}
	header := CSVOptions{Header: true, EmptyNull: true, SnakeCase: true}
	with := func(o CSVOptions, change func(*CSVOptions)) CSVOptions { change(&o); return o }
	for _, c := range []struct {
		name, in string
		o        CSVOptions
		want     []string
	}{
		{"one line", "1,2", ab, []string{`0 {"a":"1","b":"2"}`}},
		{"line end", "1,2\n", ab, []string{`0 {"a":"1","b":"2"}`}},
		{"three kinds of line end", "1,2\n3,4\r\n5,6\r7,8", ab, []string{`0 {"a":"1","b":"2"}`, `0 {"a":"3","b":"4"}`, `0 {"a":"5","b":"6"}`, `0 {"a":"7","b":"8"}`}},
		{"empty lines", "\n\r\n1,2\n\n\n3,4\n\n", ab, []string{`0 {"a":"1","b":"2"}`, `0 {"a":"3","b":"4"}`}},
		{"empty is null", ",\n", ab, []string{`0 {"a":null,"b":null}`}},
		{"quoted empty is not null", `"",x`, ab, []string{`0 {"a":"","b":"x"}`}},
		{"empty is empty", ",", with(ab, func(o *CSVOptions) { o.EmptyNull = false }), []string{`0 {"a":"","b":""}`}},
		{"quoted delimiter", `"1,5",2`, ab, []string{`0 {"a":"1,5","b":"2"}`}},
		{"doubled quotes", `"say ""hi""",""""""` + "\n", ab, []string{`0 {"a":"say \"hi\"","b":"\"\""}`}},
		{"quoted line ends", "\"x\r\ny\",2\n3,\"\n\"", ab, []string{`0 {"a":"x\r\ny","b":"2"}`, `0 {"a":"3","b":"\n"}`}},
		{"escapes", "a\\b,\t\x01", ab, []string{`0 {"a":"a\\b","b":"\t\u0001"}`}},
		{"blanks stay", " 1 , 2 ", ab, []string{`0 {"a":" 1 ","b":" 2 "}`}},
		{"unicode", "서울,é", ab, []string{`0 {"a":"서울","b":"é"}`}},
		{"byte order mark", "\ufeff1,2", ab, []string{`0 {"a":"1","b":"2"}`}},
		{"delimiter", "1;2,5", with(ab, func(o *CSVOptions) { o.Delimiter = ';' }), []string{`0 {"a":"1","b":"2,5"}`}},
		{"tab", "1\t2", with(ab, func(o *CSVOptions) { o.Delimiter = '\t' }), []string{`0 {"a":"1","b":"2"}`}},
		{"quote", `'a,''"',2`, with(ab, func(o *CSVOptions) { o.Quote = '\'' }), []string{`0 {"a":"a,'\"","b":"2"}`}},
		{"skip", "1,2", with(ab, func(o *CSVOptions) { o.Skip = []string{"a"} }), []string{`0 {"b":"2"}`}},
		{"rename", "1,2", with(ab, func(o *CSVOptions) { o.Rename = map[string]string{"a": "B x"} }), []string{`0 {"B x":"1","b":"2"}`}},

		{"header", "Cost Total $,Aircraft Make Model\n1,2\n3,4\n", header, []string{`0 {"cost_total":"1","aircraft_make_model":"2"}`, `0 {"cost_total":"3","aircraft_make_model":"4"}`}},
		{"header as it is", "Cost Total $\n1\n", with(header, func(o *CSVOptions) { o.SnakeCase = false }), []string{`0 {"Cost Total $":"1"}`}},
		{"header after a mark", "\ufeffA,B\r\n1,2", header, []string{`0 {"a":"1","b":"2"}`}},
		{"quoted header", "\"a\nx\",b\n1,2", header, []string{`0 {"a_x":"1","b":"2"}`}},
		{"header and columns", "x,y\n1,2", with(ab, func(o *CSVOptions) { o.Header = true }), []string{`0 {"a":"1","b":"2"}`}},

		{"nothing", "", ab, []string{"0 dropped: csv_to_json: the record has no rows"}},
		{"only empty lines", "\r\n\n", ab, []string{"0 dropped: csv_to_json: the record has no rows"}},
		{"only a mark", "\ufeff", header, []string{"0 dropped: csv_to_json: the record has no rows"}},
		{"only a header", "a,b\n\n", header, []string{"0 dropped: csv_to_json: the record has no rows"}},

		{"too few fields", "1,2\n3\n5,6", ab, []string{`0 {"a":"1","b":"2"}`, `0 CsvToJson.WrongFieldCount line 2: there are 1 fields, want 2: "3"`, `0 {"a":"5","b":"6"}`}},
		{"too many fields", "a,b\n1,2,3\n", header, []string{`0 CsvToJson.WrongFieldCount line 2: there are 3 fields, want 2: "1,2,3"`}},
		{"lines are counted in quotes, too", "\"\n\n\",2\r\rx", ab, []string{`0 {"a":"\n\n","b":"2"}`, `0 CsvToJson.WrongFieldCount line 5: there are 1 fields, want 2: "x"`}},
		{"bare quote", "5\" pipe,2\n3,4", ab, []string{`0 CsvToJson.MalformedRow line 1: there is a quote in a cell that doesn't begin with one: "5\" pipe,2"`, `0 {"a":"3","b":"4"}`}},
		{"text after a quoted cell", "\"a\"b,2\n3,4", ab, []string{`0 CsvToJson.MalformedRow line 1: there is text after a quoted cell: "\"a\"b,2"`, `0 {"a":"3","b":"4"}`}},
		{"unterminated quote", "1,\"x\n3,4\n5,6", ab, []string{`0 CsvToJson.MalformedRow line 1: the quoted cell has no end: "1,\"x"`, `0 {"a":"3","b":"4"}`, `0 {"a":"5","b":"6"}`}},
		{"quote that closes elsewhere", "1,\"x\n3,4\n5,\"y\"\n", ab, []string{`0 CsvToJson.MalformedRow line 1: there is text after a quoted cell: "1,\"x"`, `0 {"a":"3","b":"4"}`, `0 {"a":"5","b":"y"}`}},
		{"NUL", "1,\x00\n3,4", ab, []string{`0 CsvToJson.InvalidText line 1: there is a NUL: "1,\x00"`, `0 {"a":"3","b":"4"}`}},
		{"not UTF-8", "1,2\n3,\xff", ab, []string{`0 {"a":"1","b":"2"}`, `0 CsvToJson.InvalidText line 2: the text is not valid UTF-8: "3,\xff"`}},
		{"header of equal names", "Cost $,cost\n1,2\n", header, []string{`0 CsvToJson.BadHeader line 1: columns "Cost $" and "cost" are both named "cost": "Cost $,cost"`}},
		{"header without a name", "a,$\n1,2\n", header, []string{`0 CsvToJson.BadHeader line 1: column 2, "$", has no name: "a,$"`}},
		{"malformed header", "a,\"b\n1,2\n", header, []string{`0 CsvToJson.BadHeader line 1: the quoted cell has no end: "a,\"b"`}},
	} {
		got := runOn(t, newCSV(t, c.o), c.in)
		if !slices.Equal(got.said, c.want) {
			t.Errorf("%s: %q\n got %s\nwant %s", c.name, c.in, strings.Join(got.said, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

func TestHeaderHoldsForItsOwnRecord(t *testing.T) {
	c := newCSV(t, CSVOptions{Header: true, SnakeCase: true})
	got := runOn(t, c, "a,b\n1,2\n", "b,a\n1,2\n", "a,b\n3,4\n", "a,b\nx\n")
	want := []string{`0 {"a":"1","b":"2"}`, `1 {"b":"1","a":"2"}`, `2 {"a":"3","b":"4"}`,
		`3 CsvToJson.WrongFieldCount line 2: there are 1 fields, want 2: "x"`}
	if !slices.Equal(got.said, want) {
		t.Errorf("got %q, want %q", got.said, want)
	}
}

func TestRowsCarryCellsWhenAsked(t *testing.T) {
	for _, c := range []struct {
		name   string
		o      CSVOptions
		pick   []string
		fields []string
		want   []string
	}{
		{"all columns", CSVOptions{Columns: []string{"a", "b", "c"}, EmptyNull: true}, nil, []string{"a", "b", "c"}, []string{"1", "<null>", `x"y`}},
		{"one skipped", CSVOptions{Columns: []string{"a", "b", "c"}, Skip: []string{"b"}}, nil, []string{"a", "c"}, []string{"1", `x"y`}},
		{"order of a schema", CSVOptions{Columns: []string{"a", "b", "c"}}, []string{"c", "none", "a"}, []string{"c", "none", "a"}, []string{`x"y`, "<null>", "1"}},
	} {
		tr := newCSV(t, c.o)
		if c.pick == nil {
			tr.EmitFields(true)
		} else if !tr.SelectFields(c.pick) {
			t.Errorf("%s: not possible", c.name)
		}
		if got := tr.Fields(); !slices.Equal(got, c.fields) {
			t.Errorf("%s: fields %q, want %q", c.name, got, c.fields)
		}
		got := runOn(t, tr, "1,,\"x\"\"y\"\n")
		if len(got.rows) != 1 || !slices.Equal(got.rows[0], c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got.rows, c.want)
		}
		tr.EmitFields(false)
		if got := runOn(t, tr, "1,,3\n"); len(got.rows) != 0 {
			t.Errorf("%s: rows carry cells when no longer asked: %q", c.name, got.said)
		}
	}
	tr := newCSV(t, CSVOptions{Header: true})
	if tr.EmitFields(true); tr.Fields() != nil {
		t.Errorf("fields of a header that is not known yet: %q", tr.Fields())
	}
	tr.SelectFields([]string{"y", "x"})
	if got := runOn(t, tr, "x,y\n1,2\n", "y,z\n3,4\n"); fmt.Sprint(got.rows) != "[[2 1] [3 <null>]]" {
		t.Errorf("cells by header: %q", got.rows)
	}
}

func TestBadCSVOptionsAreRefused(t *testing.T) {
	for _, c := range []struct {
		want string
		o    CSVOptions
	}{
		{"no names", CSVOptions{}},
		{"both", CSVOptions{Columns: []string{"a"}, Delimiter: '"'}},
		{"delimiter", CSVOptions{Columns: []string{"a"}, Delimiter: '\n'}},
		{"quote", CSVOptions{Columns: []string{"a"}, Quote: 0xe9}},
		{`both named "x"`, CSVOptions{Columns: []string{"a", "b"}, Rename: map[string]string{"a": "x", "b": "x"}}},
		{"no column \"c\"", CSVOptions{Columns: []string{"a"}, Rename: map[string]string{"c": "x"}}},
		{"no column \"c\"", CSVOptions{Columns: []string{"a"}, Skip: []string{"c"}}},
		{"all columns", CSVOptions{Columns: []string{"a"}, Skip: []string{"a"}}},
		{"no name", CSVOptions{Columns: []string{"a", ""}}},
	} {
		if _, err := NewCSVToJSON(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v gives %v, want %q", c.o, err, c.want)
		}
	}
}

func TestSnakeCase(t *testing.T) {
	for in, want := range map[string]string{
		"Cost Total $": "cost_total", "Aircraft Make Model": "aircraft_make_model", "truck_id": "truck_id", "truckId": "truck_id",
		"HTTPServer": "http_server", "USState": "us_state", "B52": "b52", "Speed IAS in knots": "speed_ias_in_knots",
		" -x- ": "x", "a__b": "a_b", "Größe (m)": "größe_m", "$": "", "ID": "id", "userID": "user_id", "한국 이름": "한국_이름",
	} {
		if got := SnakeCase(in); got != want {
			t.Errorf("SnakeCase(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTransformStopsWhenCancelledAndOnOutputErrors(t *testing.T) {
	c := newCSV(t, CSVOptions{Columns: []string{"a"}})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Transform(ctx, recordsOf("1"), &results{}); err != context.Canceled {
		t.Errorf("cancelled: got %v", err)
	}
	stop := fmt.Errorf("stop")
	for _, in := range []string{"1\n2", "1,2\n3", ""} {
		got := results{err: stop}
		if err := c.Transform(context.Background(), recordsOf(in, "4"), &got); err != stop || len(got.said) != 1 {
			t.Errorf("%q: got %v after %d results, want the output's error after one", in, err, len(got.said))
		}
	}
}

// FuzzCSVAgreesWithTheStandardLibrary compares what both accept: every row
// that encoding/csv reads is the row that we read, and the other way round.
func FuzzCSVAgreesWithTheStandardLibrary(f *testing.F) {
	for _, s := range []string{"1,2\n3,4", "\"a\"\"b\",\n", "\n\n1,\"x\ny\"\n", "a,b\"c\n", "\"", ",,\n,,\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, '\r') || strings.HasPrefix(s, "\ufeff") {
			return // encoding/csv takes a lone CR for text and changes CR LF in cells
		}
		reader := csv.NewReader(strings.NewReader(s))
		reader.FieldsPerRecord = -1
		want, err := reader.ReadAll()
		scan, row := newCSVScanner(',', '"'), csvRow{}
		var got [][]string
		malformed := false
		for pos := skipBlank([]byte(s), 0); pos < len(s); pos = skipBlank([]byte(s), row.end) {
			scan.row([]byte(s), pos, 1<<20, &row)
			if row.end <= pos {
				t.Fatalf("%q: no progress at %d", s, pos)
			}
			malformed = malformed || row.problem != ""
			var cells []string
			for _, c := range row.cells {
				cells = append(cells, string(c.text))
			}
			got = append(got, cells)
		}
		if malformed != (err != nil) {
			t.Fatalf("%q: malformed %v, encoding/csv says %v", s, malformed, err)
		}
		if err == nil && fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("%q: got %q, want %q", s, got, want)
		}
	})
}

// FuzzCSVAccountsForEveryByte checks that the sources of a record's results
// are the record, and that each row is JSON.
func FuzzCSVAccountsForEveryByte(f *testing.F) {
	f.Add("a,b\n1,2\n", true)
	f.Add("\ufeff\r\r\n\"x\xff,\x00\n\"", false)
	f.Fuzz(func(t *testing.T, s string, header bool) {
		o := CSVOptions{Header: header, SnakeCase: true, EmptyNull: true}
		if !header {
			o.Columns = []string{"a", "b"}
		}
		got := runOn(t, newCSV(t, o), s)
		if len(got.said) == 0 {
			t.Fatalf("%q: no result", s)
		}
		for _, said := range got.said {
			if _, data, _ := strings.Cut(said, " "); strings.HasPrefix(data, "{") && !json.Valid([]byte(data)) {
				t.Fatalf("%q gives %s, which is not JSON", s, data)
			}
		}
	})
}

type nowhere struct{ rows int }

func (n *nowhere) Row(int, Row) error             { n.rows++; return nil }
func (n *nowhere) Fail(_ int, f Failure) error    { return fmt.Errorf("%s", f.Message) }
func (n *nowhere) Drop(int, []byte, string) error { return nil }
func birdStrikes(b testing.TB, perRecord int) []buffer.Record {
	data, err := os.ReadFile("../cmd/hydrant/birdstrikes.csv")
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))[1:]
	var in []buffer.Record
	for chunk := range slices.Chunk(lines, perRecord) {
		if data := bytes.Join(chunk, nil); len(data) > 0 {
			in = append(in, buffer.Record{Data: data})
		}
	}
	return in
}

var birdColumns = strings.Split("a,b,c,d,e,f,g,h,i,j,k,l,m,n", ",")

func TestTransformAllocatesNothingForARow(t *testing.T) {
	c, in, out := newCSV(t, CSVOptions{Columns: birdColumns}), birdStrikes(t, 1), &nowhere{}
	run := func() {
		if err := c.Transform(context.Background(), in, out); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(5, run); n > float64(len(in))/100 {
		t.Errorf("%v allocations for %d rows", n, len(in))
	}
}

func BenchmarkCSVToJSON(b *testing.B) {
	for name, perRecord := range map[string]int{"one line": 1, "500 lines": 500} {
		for _, cells := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/cells=%v", name, cells), func(b *testing.B) {
				c, in, out := newCSV(b, CSVOptions{Columns: birdColumns, EmptyNull: true}), birdStrikes(b, perRecord), &nowhere{}
				c.EmitFields(cells)
				size := 0
				for _, r := range in {
					size += len(r.Data)
				}
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if err := c.Transform(context.Background(), in, out); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
