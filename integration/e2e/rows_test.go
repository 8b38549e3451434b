package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hydrant/integration/harness"
)

const birdsSchema = `  schema {
    column "airport_name"              { type = "string" }
    column "aircraft_make_model"       { type = "string" }
    column "effect_amount_of_damage"   { type = "string" }
    column "flight_date"               { type = "date" }
    column "aircraft_airline_operator" { type = "string" }
    column "origin_state"              { type = "string" }
    column "phase_of_flight"           { type = "string" }
    column "wildlife_size"             { type = "string" }
    column "wildlife_species"          { type = "string" }
    column "time_of_day"               { type = "string" }
    column "cost_other"                { type = "bigint" }
    column "cost_repair"               { type = "bigint" }
    column "cost_total"                { type = "bigint" }
    column "speed_ias_in_knots"        { type = "int" }
  }
`

// birdLines returns the header and the rows of the bird strikes.
func birdLines(t *testing.T) (header []byte, rows [][]byte) {
	t.Helper()
	all := readLines(t, repoFile(t, "cmd/hydrant/birdstrikes.csv"))
	return all[0], all[1:]
}

func birdsExpected(t *testing.T) string {
	t.Helper()
	need(t, harness.Python)
	file := writeFile(t, "birds.ndjson", "")
	var done struct{ Rows int }
	if err := harness.Script(t.Context(), &done, "birds.py", repoFile(t, "cmd/hydrant/birdstrikes.csv"), file); err != nil {
		t.Fatal(err)
	}
	if done.Rows != 10_000 {
		t.Fatalf("birds.py wrote %d rows, want 10000", done.Rows)
	}
	return file
}

func TestCSVBecomesTheSameRowsAsPythonReads(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, "lake", "lake-errors")
	header, rows := birdLines(t)
	var names []string
	for _, name := range bytes.Split(bytes.TrimSpace(header), []byte(",")) {
		names = append(names, fmt.Sprintf("%q", name))
	}
	oneLine := fmt.Sprintf("  transform \"csv_to_json\" {\n    columns = [%s]\n  }\n", strings.Join(names, ", "))
	withHeader := "  transform \"csv_to_json\" {\n    header = true\n  }\n"
	to, failed := s3Sink(s3, "lake"), s3Sink(s3, "lake-errors")
	d := startDaemon(t, "", stream("lines", oneLine+birdsSchema+parquetOf("snappy"), to, failed)+
		stream("files", withHeader+birdsSchema+parquetOf("zstd"), to, failed))
	expected := birdsExpected(t)

	t.Run("one line a record, with columns", func(t *testing.T) {
		if err := harness.Put(t.Context(), d.Firehose("any", "any"), "lines", rows); err != nil {
			t.Fatal(err)
		}
		s := drained(t, d, "lines", int64(len(rows)))
		if s.Records.Split != 0 || s.Records.Delivered != int64(len(rows)) {
			t.Errorf("ledger %+v, want no split and %d delivered", s.Records, len(rows))
		}
		compareRows(t, expected, objects(t, s3, to, "lines/"))
	})
	t.Run("many lines a record, with header", func(t *testing.T) {
		var records [][]byte
		for at := 0; at < len(rows); at += 700 {
			chunk := bytes.Join(rows[at:min(at+700, len(rows))], nil)
			records = append(records, append(bytes.Clone(header), chunk...))
		}
		if err := harness.Put(t.Context(), d.Firehose("any", "any"), "files", records); err != nil {
			t.Fatal(err)
		}
		s := drained(t, d, "files", int64(len(records)))
		if want := int64(len(rows)); s.Records.Delivered != want || s.Records.Split != want-int64(len(records)) {
			t.Errorf("ledger %+v, want %d delivered, of which %d split off", s.Records, want, want-int64(len(records)))
		}
		compareRows(t, expected, objects(t, s3, to, "files/"))
	})
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
}

const everyTypeSchema = `  schema {
    column "flag"  { type = "boolean" }
    column "tiny"  { type = "tinyint" }
    column "small" { type = "smallint" }
    column "int"   { type = "int" }
    column "big"   { type = "bigint" }
    column "f32"   { type = "float" }
    column "f64"   { type = "double" }
    column "money" { type = "decimal(9,2)" }
    column "wide"  { type = "decimal(38,10)" }
    column "text"  { type = "string" }
    column "day"   { type = "date" }
    column "at"    { type = "timestamp" }
  }
`

// everyTypeRows are rows at the edges of every type. What is sent is what is
// expected, but for the members that sent replaces.
func everyTypeRows() []map[string]any {
	return []map[string]any{
		{"flag": true, "tiny": 127, "small": 32767, "int": 2147483647, "big": json.Number("9223372036854775807"), "f32": 3.4028234e38, "f64": 1.7976931348623157e308, "money": json.Number("9999999.99"), "wide": json.Number("9999999999999999999999999999.9999999999"), "text": "plain", "day": "9999-12-31", "at": "2200-12-31 23:59:59.999999"},
		{"flag": false, "tiny": -128, "small": -32768, "int": -2147483648, "big": json.Number("-9223372036854775808"), "f32": 1.4e-45, "f64": 5e-324, "money": json.Number("-9999999.99"), "wide": json.Number("-9999999999999999999999999999.9999999999"), "text": "", "day": "0001-01-01", "at": "1700-01-01 00:00:00.000001"},
		{"flag": nil, "tiny": nil, "small": nil, "int": nil, "big": nil, "f32": nil, "f64": nil, "money": nil, "wide": nil, "text": nil, "day": nil, "at": nil},
		{"text": "ünï\u0000code \U0001F6B0 \"quoted\" \\ \n\t\r end"},
		{"int": 0, "big": 0, "tiny": 0, "small": 0, "f32": 0.1, "f64": 0.1, "money": json.Number("0.01"), "wide": json.Number("0.0000000001"), "text": strings.Repeat("long ", 50_000), "day": "1970-01-01", "at": "1970-01-01 00:00:00"},
		{"int": -1, "big": -1, "f32": -1.5, "f64": -0.1, "money": json.Number("-0.01"), "day": "1969-12-31", "at": "1969-12-31 23:59:59.999999"},
		{"day": "2024-02-29", "at": "2024-02-29 12:00:00.5"},
		{"f64": 1e22, "f32": 16777216, "big": json.Number("9007199254740993")},
		{"f64": 2.2250738585072014e-308, "text": "null"},
		{},
	}
}

func TestEveryTypeKeepsItsEdgeValues(t *testing.T) {
	t.Parallel()
	need(t, harness.Python)
	out := fileSink(t.TempDir())
	var streams strings.Builder
	kinds := []string{"int96", "micros"}
	for _, kind := range kinds {
		format := fmt.Sprintf("  format \"parquet\" {\n    compression = \"snappy\"\n    timestamps  = %q\n  }\n", kind)
		streams.WriteString(stream("types_"+kind, everyTypeSchema+format, out, out))
	}
	d := startDaemon(t, "", streams.String())
	var records [][]byte
	for i, row := range everyTypeRows() {
		b, err := json.Marshal(row)
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		records = append(records, append(b, '\n'))
	}
	expected := writeFile(t, "expected.ndjson", expectLines(records))
	wantTypes := map[string]string{
		"flag": "bool", "tiny": "int8", "small": "int16", "int": "int32", "big": "int64", "f32": "float", "f64": "double",
		"money": "decimal128(9, 2)", "wide": "decimal128(38, 10)", "text": "string", "day": "date32[day]",
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			name := "types_" + kind
			if err := harness.Put(t.Context(), d.Firehose("any", "any"), name, records); err != nil {
				t.Fatal(err)
			}
			s := drained(t, d, name, int64(len(records)))
			if s.Records.Archived != 0 {
				for _, a := range archive(t, nil, out, name) {
					t.Errorf("archived: %s: %.300q", a.message(), a.RawData)
				}
			}
			got := compareRows(t, expected, objects(t, nil, out, name+"/"))
			for column, want := range wantTypes {
				if got.Columns[column] != want {
					t.Errorf("column %s is %s in the file, want %s", column, got.Columns[column], want)
				}
			}
			if !strings.HasPrefix(got.Columns["at"], "timestamp[") {
				t.Errorf("column at is %s in the file, want a timestamp", got.Columns["at"])
			}
		})
	}
}

func TestTheComparisonItselfCanFail(t *testing.T) {
	t.Parallel()
	need(t, harness.Python)
	var got struct {
		Same     []int
		Damaged  map[string][]int
		Repeated []int
	}
	if err := harness.Script(t.Context(), &got, "compare_selftest.py"); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.Same) != "[0 0 0 0]" || fmt.Sprint(got.Repeated) != "[1 0 1 0]" || len(got.Damaged) != 9 {
		t.Errorf("same %v, repeated %v, %d damaged; want no difference, one missing, 9", got.Same, got.Repeated, len(got.Damaged))
	}
	for column, d := range got.Damaged {
		if fmt.Sprint(d) != "[1 1 1 1]" {
			t.Errorf("a changed %s: %v, want one missing and one too many with each reader", column, d)
		}
	}
}
