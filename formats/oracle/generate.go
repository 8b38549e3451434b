package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Scalars has each type that is not nested.
var Scalars = []string{
	"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(9,2)", "decimal(18,0)", "decimal(38,10)",
	"string", "char(3)", "varchar(5)", "date", "timestamp", "binary",
}

// RandomTable makes up a table of at most columns columns, nested up to depth
// deep.
func RandomTable(r *rand.Rand, columns, depth int) Type {
	t := Type{Name: "struct"}
	for i := range 1 + r.IntN(columns) {
		t.Fields = append(t.Fields, fmt.Sprintf("c%d_x", i))
		t.Parts = append(t.Parts, randomType(r, depth))
	}
	return t
}

func randomType(r *rand.Rand, depth int) Type {
	if depth == 0 || r.IntN(3) == 0 {
		return MustType(Scalars[r.IntN(len(Scalars))])
	}
	switch r.IntN(3) {
	case 0:
		return Type{Name: "array", Parts: []Type{randomType(r, depth-1)}}
	case 1:
		return Type{Name: "map", Parts: []Type{randomType(r, 0), randomType(r, depth-1)}}
	}
	t := Type{Name: "struct"}
	for i := range 1 + r.IntN(3) {
		t.Fields = append(t.Fields, fmt.Sprintf("f%d", i))
		t.Parts = append(t.Parts, randomType(r, depth-1))
	}
	return t
}

// Awkward are values that are easily got wrong.
var Awkward = []string{
	`null`, `true`, `false`, `0`, `-0`, `1`, `-1`, `127`, `128`, `-128`, `-129`, `32767`, `32768`, `2147483647`, `2147483648`,
	`-2147483649`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`, `-9223372036854775809`,
	`18446744073709551616`, `99999999999999999999999999999999999999`, `3.0`, `3.7`, `1e3`, `1E-3`, `1.5e1`, `1e400`, `-1e-400`,
	`1e999999999999`, `1e-999999999999`, `0e999999999999`, `0.1`, `9999999.994`, `9999999.995`, `-9999999.995`, `0.005`, `0.00499999999999999999999999`,
	`123456789012345678901234567890.12345678905`, `16777217`, `3.4028236e38`, `1.17549435e-38`, `9007199254740993`, `1518033528`,
	`1518033528123`, `1518033528.123`, `-1.5`, `999999999999`, `253402300800`, `1e12`, `0.0000000005`,
	`""`, `"oops"`, `"42"`, `" 42 "`, `"+7"`, `"007"`, `".5"`, `"5."`, `"."`, `"1e"`, `"NaN"`, `"Infinity"`, `"0x10"`, `"1_000"`, `"TRUE"`, `"False"`,
	`"2026-01-02"`, `"2026-1-2"`, `"2026-02-30"`, `"2024-02-29T23:59:59.123456789Z"`, `"2026-01-02 03:04:05.6"`, `"2026-01-02T03:04:05+05:30"`,
	`"0001-01-01T00:00:00+01"`, `"2026-01-02T24:00:00Z"`, `"2026-01-02T03:04:05.1234567891Z"`, `"a\"b\\\/\b\f\n\r\t\u0041\u00e9"`,
	`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`, `"\u0000"`, `"ééééééé"`, `"aGVsbG8="`, `"` + strings.Repeat("x", 40) + `"`,
	`{}`, `[]`, `[[]]`, `{"A":{"B":[1, "C", {"D":null}]}}`, `[ 1 , {"Ké":"V", "\u0041b" : true} ]`, `{"":""}`, `{"1":1,"01":2,"1":3,"K":4,"k":5}`,
}

// A Writer makes up rows. Odd says how many of a thousand values do not fit
// their type or are written in an unusual way.
type Writer struct {
	*rand.Rand
	Odd int
	Big bool // now and then a string of 100 kB
	b   bytes.Buffer
}

// Row writes a row of the table. It is valid until the next call.
func (w *Writer) Row(table Type) []byte {
	w.b.Reset()
	w.object(table, true)
	return w.b.Bytes()
}

func (w *Writer) odd() bool { return w.IntN(1000) < w.Odd }

func (w *Writer) blank() {
	if w.odd() {
		w.b.WriteString([]string{" ", "\n\t", "  "}[w.IntN(3)])
	}
}

func (w *Writer) object(t Type, top bool) {
	w.b.WriteByte('{')
	n := 0
	put := func(name string, value func()) {
		if n++; n > 1 {
			w.b.WriteByte(',')
		}
		w.blank()
		w.b.WriteString(`"` + name + `"`)
		w.blank()
		w.b.WriteByte(':')
		w.blank()
		value()
		w.blank()
	}
	for i, name := range t.Fields {
		for k := 0; k == 0 || w.odd(); k++ {
			if w.IntN(8) > 0 {
				put(w.spelled(name), func() { w.value(t.Parts[i]) })
			}
		}
	}
	if top && w.IntN(10) == 0 {
		put("other"+fmt.Sprint(w.IntN(3)), w.awkward)
	}
	w.b.WriteByte('}')
}

func (w *Writer) spelled(name string) string {
	if !w.odd() {
		return name
	}
	switch w.IntN(4) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.ReplaceAll(name, "_", ".")
	case 2:
		return "other" + name
	}
	return fmt.Sprintf(`\u%04x`, name[0]) + name[1:]
}

func (w *Writer) awkward() { w.b.WriteString(Awkward[w.IntN(len(Awkward))]) }

func (w *Writer) value(t Type) {
	switch {
	case w.odd():
		w.awkward()
		return
	case w.IntN(10) == 0:
		w.b.WriteString("null")
		return
	}
	switch t.Name {
	case "struct":
		w.structure(t)
	case "array":
		if w.odd() {
			w.value(t.Parts[0])
			return
		}
		w.b.WriteByte('[')
		for i := range w.length() {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.value(t.Parts[0])
		}
		w.b.WriteByte(']')
	case "map":
		w.b.WriteByte('{')
		for i := range w.length() {
			if i > 0 {
				w.b.WriteByte(',')
			}
			key := strings.Trim(w.scalar(t.Parts[0]), `"`)
			w.b.WriteString(`"` + key + `":`)
			w.value(t.Parts[1])
		}
		w.b.WriteByte('}')
	default:
		w.b.WriteString(w.scalar(t))
	}
}

// length is of an array or map: mostly short, at times none, rarely long.
func (w *Writer) length() int {
	if w.IntN(300) == 0 {
		return w.IntN(60)
	}
	return w.IntN(4)
}

func (w *Writer) structure(t Type) {
	if !w.odd() {
		w.object(t, false)
		return
	}
	w.b.WriteByte('[')
	for i := range w.IntN(len(t.Parts) + 2) {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.value(t.Parts[min(i, len(t.Parts)-1)])
	}
	w.b.WriteByte(']')
}

// scalar is JSON of a value that fits t.
func (w *Writer) scalar(t Type) string {
	switch t.Name {
	case "boolean":
		return []string{"true", "false"}[w.IntN(2)]
	case "tinyint":
		return fmt.Sprint(w.IntN(256) - 128)
	case "smallint":
		return fmt.Sprint(w.IntN(1<<16) - 1<<15)
	case "int":
		return fmt.Sprint(int32(w.Uint32()) >> w.IntN(32))
	case "bigint":
		return fmt.Sprint(int64(w.Uint64()) >> w.IntN(64))
	case "float", "double":
		number, _ := json.Marshal(w.NormFloat64() * float64(uint64(1)<<w.IntN(40)))
		return string(number)
	case "decimal":
		return w.decimal(t)
	case "date":
		return fmt.Sprintf(`"%04d-%02d-%02d"`, 1+w.IntN(9999), 1+w.IntN(12), 1+w.IntN(28))
	case "timestamp":
		return fmt.Sprintf(`"%04d-%02d-%02dT%02d:%02d:%02d.%dZ"`, 1+w.IntN(9999), 1+w.IntN(12), 1+w.IntN(28), w.IntN(24), w.IntN(60), w.IntN(60), w.IntN(1e9))
	case "binary":
		return []string{`""`, `"aGVsbG8="`, `"AAECAw=="`, `"/+8="`}[w.IntN(4)]
	}
	if w.Big && w.IntN(20000) == 0 {
		return `"` + strings.Repeat("huge ", 20000) + `"`
	}
	return fmt.Sprintf(`"%s%d"`, []string{"", "k", "é", "日本", "a\\n"}[w.IntN(5)], w.IntN(1<<w.IntN(20)))
}

func (w *Writer) decimal(t Type) string {
	digits := make([]byte, 1+w.IntN(t.P-t.S))
	for i := range digits {
		digits[i] = byte('0' + w.IntN(10))
	}
	s := strings.TrimLeft(string(digits[1:]), "0") + string(digits[:1])
	if w.IntN(2) == 0 && t.S > 0 {
		s += fmt.Sprintf(".%0*d", 1+w.IntN(t.S), w.IntN(10))
	}
	if w.IntN(2) == 0 {
		s = "-" + s
	}
	if strings.HasPrefix(strings.TrimPrefix(s, "-"), "0") && len(strings.TrimPrefix(s, "-")) > 1 && !strings.Contains(s[:min(len(s), 3)], ".") {
		return "0"
	}
	return s
}
