package firehose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hydrant/buffer"
)

// parsed is what a body came to, in a form that can be compared.
type parsed struct {
	refused bool // not the JSON that the operation takes
	name    string
	named   bool
	given   bool
	records []string // "null", "absent" or the bytes behind a =
}

func parseForTest(body []byte, batch bool) (parsed, error) {
	frame := buffer.NewFrame(len(body)/4*3 + 64)
	defer frame.Release()
	p, err := parsePut(slices.Clone(body), batch, frame)
	if err != nil {
		return parsed{refused: true}, err
	}
	out := parsed{name: strings.ToValidUTF8(string(p.name), "\uFFFD"), named: p.name != nil, given: p.given}
	for r := range frame.All() {
		out.records = append(out.records, string(r))
	}
	return out, p.problems.err()
}

func TestPutBodyIsReadAsJSON(t *testing.T) {
	one := func(name string, records ...string) parsed {
		return parsed{name: name, named: true, given: true, records: records}
	}
	tests := []struct {
		name, body string
		want       parsed
	}{
		{"plain", `{"DeliveryStreamName":"s","Records":[{"Data":"YQ=="},{"Data":"Yg=="}]}`, one("s", "a", "b")},
		{"records first", `{"Records":[{"Data":"YQ=="}],"DeliveryStreamName":"s"}`, one("s", "a")},
		{"white space", " \n{\t\"DeliveryStreamName\" : \"s\" , \"Records\" : [ { \"Data\" : \"YQ==\" } ] } \r\n", one("s", "a")},
		{"unknown members", `{"X":[1,{"y":-1.5e+3}],"DeliveryStreamName":"s","Records":[{"Z":"\"","Data":"YQ==","W":null}]}`, one("s", "a")},
		{"null is absent", `{"DeliveryStreamName":null,"Records":null}`, parsed{}},
		{"null, then a value", `{"DeliveryStreamName":null,"Records":null,"DeliveryStreamName":"s","Records":[{"Data":null,"Data":"YQ=="}]}`, one("s", "a")},
		{"escaped slash", `{"DeliveryStreamName":"s","Records":[{"Data":"Pz8\/"}]}`, one("s", "???")},
		{"escaped plus", `{"DeliveryStreamName":"s","Records":[{"Data":"\u002b\u002B\u002b+"}]}`, one("s", "\xfb\xef\xbe")},
		{"escaped names", `{"DeliveryStreamN\u0061me":"\u0073","Records":[{"D\u0061ta":"YQ=\u003d"}]}`, one("s", "a")},
		{"empty record", `{"DeliveryStreamName":"s","Records":[{"Data":""}]}`, one("s", "")},
		{"empty list", `{"DeliveryStreamName":"s","Records":[]}`, one("s")},
		{"other case is another member", `{"deliverystreamname":"s","records":[]}`, parsed{}},
		{"Record is not for a batch", `{"DeliveryStreamName":"s","Record":{"Data":"YQ=="}}`, parsed{name: "s", named: true}},
		{"NUL in the name", `{"DeliveryStreamName":"s\u0000","Records":[]}`, one("s\x00")},
		{"invalid UTF-8 in the name", "{\"DeliveryStreamName\":\"s\xff\",\"Records\":[]}", one("s\uFFFD")},
		{"surrogates", `{"DeliveryStreamName":"\ud83d\ude00\ud83dx\ude00","Records":[]}`, one("\U0001F600\uFFFDx\uFFFD")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseForTest([]byte(tt.body), true)
			if err != nil || !equalParsed(got, tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func equalParsed(a, b parsed) bool {
	return a.refused == b.refused && a.name == b.name && a.named == b.named && a.given == b.given && slices.Equal(a.records, b.records)
}

func TestWhatIsNotThePutBodyIsRefused(t *testing.T) {
	record := func(data string) string { return `{"DeliveryStreamName":"s","Records":[{"Data":` + data + `}]}` }
	tests := []struct{ name, body, want string }{
		{"empty", ``, "byte 0: expected a JSON object"},
		{"array", `[]`, "byte 0: expected a JSON object"},
		{"cut off", `{"DeliveryStreamName":"s"`, "byte 25: expected , or } after a member"},
		{"trailing comma", `{"DeliveryStreamName":"s",}`, "byte 26: a comma before the end"},
		{"something after", `{} x`, "byte 3: something follows the request's object"},
		{"NUL after", "{}\x00", "byte 2: something follows the request's object"},
		{"name is a number", `{"DeliveryStreamName":1}`, "byte 22: DeliveryStreamName must be a string"},
		{"records is an object", `{"Records":{}}`, "byte 11: Records must be an array"},
		{"record is a string", `{"Records":["YQ=="]}`, "byte 12: a record must be an object"},
		{"data is a number", record(`1`), "byte 45: Data must be a string of base64"},
		{"no padding", record(`"YQ"`), "byte 45: Data is not standard base64 with padding"},
		{"padding too much", record(`"YWJj===="`), "byte 45: Data is not standard base64 with padding"},
		{"URL alphabet", record(`"__--"`), "byte 45: Data is not standard base64 with padding"},
		{"line break", record(`"YWJj\nYWJj"`), "byte 45: Data is not standard base64 with padding"},
		{"four line breaks", record(`"\r\n\r\n"`), "byte 45: Data is not standard base64 with padding"},
		{"raw line break", record("\"YW\nJ\""), "byte 48: a control character in a string"},
		{"no end", record(`"YW`)[:48], "byte 48: a string without an end"},
		{"wrong escape", record(`"\x41"`), "byte 46: an escape that JSON does not have"},
		{"short escape", record(`"\u00"`), "byte 46: an escape that JSON does not have"},
		{"name twice", `{"DeliveryStreamName":"s","DeliveryStreamName":"s"}`, "byte 47: DeliveryStreamName is given twice"},
		{"records twice", `{"Records":[],"Records":[]}`, "byte 24: Records is given twice"},
		{"data twice", `{"Records":[{"Data":"YQ==","Data":"YQ=="}]}`, "byte 34: Data is given twice"},
		{"leading zero", `{"x":01}`, "byte 6: expected , or } after a member"},
		{"no digits", `{"x":-}`, "byte 6: expected a value"},
		{"no fraction", `{"x":1.}`, "byte 7: a number without digits after its point"},
		{"no exponent", `{"x":1e}`, "byte 7: a number without digits in its exponent"},
		{"wrong word", `{"x":nul}`, "byte 5: expected a value"},
		{"a megabyte of brackets", `{"x":` + strings.Repeat("[", 1<<20), "byte 133: nested too deep"},
		{"a megabyte of braces", strings.Repeat(`{"x":`, 1<<18), "byte 645: nested too deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseForTest([]byte(tt.body), true)
			var syntax *syntaxError
			if !errors.As(err, &syntax) || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestPutBodyAgreesWithTheStandardLibraryOnEscapedData(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	for n := range len(all) {
		var escaped strings.Builder
		for _, c := range base64.StdEncoding.EncodeToString(all[:n]) {
			fmt.Fprintf(&escaped, `\u%04x`, c)
		}
		got, err := parseForTest([]byte(`{"Record":{"Data":"`+escaped.String()+`"}}`), false)
		if err != nil || len(got.records) != 1 || got.records[0] != string(all[:n]) {
			t.Fatalf("%d bytes: got %+v, %v", n, got, err)
		}
	}
}

// FuzzPutBody holds the scanner to encoding/json and encoding/base64: the same
// bodies are taken and the same bytes come out.
func FuzzPutBody(f *testing.F) {
	for _, seed := range []string{
		`{"DeliveryStreamName":"s","Records":[{"Data":"YQ=="},{"Data":"Yg==","X":1},null,{}]}`,
		`{"Records":[{"Data":"\u0059Q=="}],"DeliveryStreamName":"s\/"}`,
		`{"DeliveryStreamName":null,"Record":{"Data":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg=="}}`,
		`{"a":[{"b":-0.1E+5,"c":[true,false,null,"\ud800\n"]}],"Records":[{"Data":"YQ==\n"}]}`,
		"{\"DeliveryStreamName\":\"\xff\",\"Records\":[{\"Data\":\"Y Q=\"}]}",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, batch bool) {
		want := parseByStandardLibrary(body, batch)
		got, err := parseForTest(body, batch)
		var syntax *syntaxError
		if errors.As(err, &syntax) && syntax.text == "nested too deep" {
			return
		}
		if got.refused != want.refused {
			t.Fatalf("%q, batch %v: got %v, the standard library refuses: %v", body, batch, err, want.refused)
		}
		whole := !slices.ContainsFunc(want.records, func(r string) bool { return r[0] != '=' })
		for i := range want.records {
			want.records[i] = want.records[i][1:]
		}
		if !whole { // a record is missing; the frame is not used
			got.records, want.records = nil, nil
		}
		if len(want.records) <= MaxBatchRecords && !equalParsed(got, want) {
			t.Fatalf("%q, batch %v: got %+v (%v), want %+v", body, batch, got, err, want)
		}
	})
}

// parseByStandardLibrary says of a body what putBody promises. Each record has
// a first byte: = with data, ! without.
func parseByStandardLibrary(body []byte, batch bool) (out parsed) {
	refused := parsed{refused: true}
	if !json.Valid(body) {
		return refused
	}
	top, ok := membersOf(body, "DeliveryStreamName", map[bool]string{true: "Records", false: "Record"}[batch])
	if !ok {
		return refused
	}
	if raw := top["DeliveryStreamName"]; raw != nil {
		out.named = true
		if json.Unmarshal(raw, &out.name) != nil {
			return refused
		}
	}
	var list []json.RawMessage
	if raw := top["Records"]; raw != nil && batch {
		out.given = true
		if json.Unmarshal(raw, &list) != nil {
			return refused
		}
	} else if raw := top["Record"]; raw != nil && !batch {
		out.given = true
		list = append(list, raw)
	}
	for _, raw := range list {
		record, ok := dataOf(raw)
		if !ok {
			return refused
		}
		out.records = append(out.records, record)
	}
	return out
}

func dataOf(raw json.RawMessage) (string, bool) {
	if string(raw) == "null" {
		return "!", true
	}
	m, ok := membersOf(raw, "Data")
	if !ok || m["Data"] == nil {
		return "!", ok
	}
	var text string
	if json.Unmarshal(m["Data"], &text) != nil || strings.ContainsAny(text, "\r\n") {
		return "", false
	}
	data, err := base64.StdEncoding.DecodeString(text)
	return "=" + string(data), err == nil
}

// membersOf returns the members that are not null. It fails for what is not an
// object and for one of names given twice.
func membersOf(raw []byte, names ...string) (map[string]json.RawMessage, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	m := make(map[string]json.RawMessage)
	for dec.More() {
		name, _ := dec.Token()
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, false
		}
		if string(value) == "null" || !slices.Contains(names, name.(string)) {
			continue
		}
		if m[name.(string)] != nil {
			return nil, false
		}
		m[name.(string)] = value
	}
	return m, true
}

func benchmarkBody(records, size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7)
	}
	var b bytes.Buffer
	b.WriteString(`{"DeliveryStreamName":"clicks","Records":[`)
	for i := range records {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"Data":"%s"}`, base64.StdEncoding.EncodeToString(data))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkPutBody(b *testing.B) {
	for _, size := range []int{350, 1024} {
		body := benchmarkBody(500, size)
		b.Run(fmt.Sprintf("500x%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				frame := newFrame(body)
				if p, err := parsePut(body, true, frame); err != nil || p.records != 500 {
					b.Fatal(err)
				}
				frame.Release()
			}
		})
		b.Run(fmt.Sprintf("500x%d/encoding-json", size), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var v struct {
					DeliveryStreamName string
					Records            []struct{ Data []byte }
				}
				if err := json.Unmarshal(body, &v); err != nil || len(v.Records) != 500 {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestParsingAllocatesNothingForEachRecord(t *testing.T) {
	allocations := func(records int) float64 {
		body := benchmarkBody(records, 350)
		frame := buffer.NewFrame(len(body))
		return testing.AllocsPerRun(20, func() {
			frame.Reset()
			if _, err := parsePut(body, true, frame); err != nil {
				t.Fatal(err)
			}
		})
	}
	if one, many := allocations(1), allocations(500); many > one {
		t.Errorf("500 records: %v allocations, 1 record: %v", many, one)
	}
}
