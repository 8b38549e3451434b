package column

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The oracle reads rows slowly, with encoding/json, math/big and regexp, by
// the documented rules and with none of the code under test.

// oracle returns the values that doc has for the columns, or the code of the
// error.
func oracle(s *Schema, doc []byte) (row []any, code string) {
	if !utf8.Valid(doc) || len(bytes.TrimLeft(doc, " \t\r\n")) > 0 && (!json.Valid(doc) || depth(doc) > maxDepth) {
		return nil, ParseError
	}
	members := map[string]json.RawMessage{}
	dec := json.NewDecoder(bytes.NewReader(doc))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, MalformedData
	}
	for dec.More() {
		name, _ := dec.Token()
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			panic(err)
		}
		lower := strings.ToLower(name.(string))
		if _, ok := members[lower]; !ok {
			members[lower] = value
		}
	}
	for _, c := range s.Columns {
		v, ok := oracleValue(c.Type, members[c.Name])
		if !ok {
			return nil, MalformedData
		}
		row = append(row, v)
	}
	return row, ""
}

func depth(doc []byte) int {
	dec := json.NewDecoder(bytes.NewReader(doc))
	now, most := 0, 0
	for {
		t, err := dec.Token()
		if err != nil {
			return most
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			now++
		case json.Delim('}'), json.Delim(']'):
			now--
		}
		most = max(most, now)
	}
}

func oracleValue(t Type, raw json.RawMessage) (any, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	switch raw[0] {
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			panic(err)
		}
		return oracleText(t, text, true)
	case '{', '[':
		if t.Kind == String {
			return lowerTokens(raw), true
		}
		return nil, false
	case 't', 'f':
		if t.Kind != Boolean && t.Kind != String && t.Kind != Varchar {
			return nil, false
		}
	default:
		if t.Kind == Boolean || t.Kind == Date || t.Kind == Binary {
			return nil, false
		}
	}
	return oracleText(t, string(raw), false)
}

func oracleText(t Type, text string, quoted bool) (any, bool) {
	switch t.Kind {
	case String:
		return text, true
	case Varchar:
		r := []rune(text)
		return string(r[:min(len(r), t.Length)]), true
	}
	text = strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	switch t.Kind {
	case Boolean:
		v := strings.ToLower(text)
		return v == "true", len(text) == len(v) && (v == "true" || v == "false")
	case Binary:
		v, err := base64.StdEncoding.DecodeString(text)
		return string(v), err == nil
	case Date:
		if strings.ContainsAny(text, "Tt :") {
			return nil, false
		}
		v, ok := oracleTime(text)
		return v.Unix() / 86400, ok
	case Timestamp:
		if v, ok := oracleTime(text); ok && quoted {
			return v, true
		}
	}
	return oracleNumber(t, text)
}

var (
	numberForm = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE]([+-]?\d+))?$`)
	timeForm   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|z|([+-])(\d\d)(?::?(\d\d))?)?)?$`)
)

func oracleTime(text string) (time.Time, bool) {
	m := timeForm.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	n := make([]int, len(m))
	for i := range m {
		n[i], _ = strconv.Atoi(m[i])
	}
	nanos, _ := strconv.Atoi((m[7] + "000000000")[:9])
	v := time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], nanos, time.UTC)
	ok := v.Day() == n[3] && int(v.Month()) == n[2] && n[1] > 0 && n[4] < 24 && n[5] < 60 && n[6] < 60 && n[10] < 24 && n[11] < 60
	offset := time.Duration(n[10])*time.Hour + time.Duration(n[11])*time.Minute
	if m[9] == "-" {
		offset = -offset
	}
	v = v.Add(-offset)
	return v, ok && v.Year() >= 1 && v.Year() <= 9999
}

func oracleNumber(t Type, text string) (any, bool) {
	m := numberForm.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	switch t.Kind {
	case Double:
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil
	case Float:
		v, err := strconv.ParseFloat(text, 32)
		return v, err == nil
	}
	r, ok := bounded(text, m[3])
	if !ok {
		return nil, false
	}
	switch t.Kind {
	case Decimal:
		v := halfUp(r, t.Scale)
		return v.String(), v.CmpAbs(pow10(t.Precision)) < 0
	case Timestamp:
		return oracleUnix(r)
	}
	size := map[Kind]uint{TinyInt: 8, SmallInt: 16, Int: 32, BigInt: 64}[t.Kind]
	limit := new(big.Int).Lsh(big.NewInt(1), size-1)
	ok = r.IsInt() && r.Num().Cmp(limit) < 0 && r.Num().Cmp(new(big.Int).Neg(limit)) >= 0
	return r.Num().Int64(), ok
}

// bounded is text as a fraction; a monstrous exponent counts as one that is
// out of all ranges in the same direction.
func bounded(text, exponent string) (*big.Rat, bool) {
	if e, err := strconv.Atoi(exponent); exponent != "" && (err != nil || e > 9999 || e < -9999) {
		sign := "+"
		if strings.HasPrefix(exponent, "-") {
			sign = "-"
		}
		text = text[:strings.IndexAny(text, "eE")] + "e" + sign + "9999"
	}
	return new(big.Rat).SetString(text)
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func halfUp(r *big.Rat, scale int) *big.Int {
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(r), new(big.Rat).SetInt(pow10(scale)))
	scaled.Add(scaled, big.NewRat(1, 2))
	v := new(big.Int).Div(scaled.Num(), scaled.Denom())
	if r.Sign() < 0 {
		v.Neg(v)
	}
	return v
}

func oracleUnix(r *big.Rat) (any, bool) {
	scale := 9
	if new(big.Rat).Abs(r).Cmp(new(big.Rat).SetInt64(1e12)) >= 0 {
		scale = 6
	}
	nanos := halfUp(r, scale)
	seconds, rest := new(big.Int).DivMod(nanos, big.NewInt(1e9), new(big.Int))
	if !seconds.IsInt64() {
		return nil, false
	}
	v := time.Unix(seconds.Int64(), rest.Int64()).UTC()
	return v, v.Year() >= 1 && v.Year() <= 9999
}

// lowerTokens writes JSON as its tokens, keys in small letters.
func lowerTokens(raw []byte) any {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var out tokens
	var inObject, key []bool
	for {
		t, err := dec.Token()
		if err != nil {
			return out
		}
		top := len(inObject) - 1
		if name, ok := t.(string); ok && top >= 0 && inObject[top] && key[top] {
			t = string(bytes.ToLower([]byte(name)))
		}
		if top >= 0 {
			key[top] = !key[top]
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			inObject, key = append(inObject, t == json.Delim('{')), append(key, true)
		case json.Delim('}'), json.Delim(']'):
			inObject, key = inObject[:top], key[:top]
			if top > 0 {
				key[top-1] = !key[top-1] // the closing bracket is no value of its own
			}
		}
		out = append(out, fmt.Sprintf("%T %v", t, t))
	}
}

type tokens []string

// rowOf returns the values of a row as the oracle writes them.
func rowOf(c *Columns, row int) []any {
	var out []any
	for i := range c.Leaves {
		l := &c.Leaves[i]
		v := 0
		for _, d := range l.Def[:row] {
			v += int(d)
		}
		if l.Def[row] == 0 {
			out = append(out, nil)
			continue
		}
		out = append(out, valueOf(l, v))
	}
	return out
}

func valueOf(l *Leaf, v int) any {
	from := uint32(0)
	if v > 0 && l.Ends != nil {
		from = l.Ends[v-1]
	}
	switch l.Type.Kind {
	case Boolean:
		return l.Ints[v] == 1
	case Float, Double:
		return l.Floats[v]
	case Timestamp:
		return time.Unix(l.Ints[v], int64(l.Nanos[v])).UTC()
	case Decimal:
		if l.Type.Precision <= 18 {
			return strconv.FormatInt(l.Ints[v], 10)
		}
		b := new(big.Int).SetBytes(l.Bytes[from:l.Ends[v]])
		if b.Bit(127) == 1 {
			b.Sub(b, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		return b.String()
	case String, Varchar, Char, Binary:
		return string(l.Bytes[from:l.Ends[v]])
	}
	return l.Ints[v]
}

// sameValue compares a value with the oracle's.
func sameValue(got, want any) bool {
	if w, ok := want.(tokens); ok {
		g, ok := got.(string)
		return ok && fmt.Sprint(lowerTokens([]byte(g))) == fmt.Sprint(w)
	}
	g, ok1 := got.(float64)
	w, ok2 := want.(float64)
	if ok1 && ok2 {
		return math.Float64bits(g) == math.Float64bits(w)
	}
	return got == want
}

// checkLeaves returns what is inconsistent in the columns.
func checkLeaves(c *Columns) error {
	for i := range c.Leaves {
		l := &c.Leaves[i]
		values := 0
		for _, d := range l.Def {
			values += int(d)
		}
		stored := len(l.Ints) + len(l.Floats) + len(l.Ends)
		if len(l.Def) != c.Rows() || stored != values {
			return fmt.Errorf("%v: %d levels, %d values, %d stored, %d rows", l.Path, len(l.Def), values, stored, c.Rows())
		}
		if n := len(l.Ends); n > 0 && int(l.Ends[n-1]) != len(l.Bytes) || n == 0 && len(l.Bytes) > 0 {
			return fmt.Errorf("%v: %d bytes, ends %v", l.Path, len(l.Bytes), l.Ends)
		}
		if l.Type.Kind == Timestamp && len(l.Nanos) != len(l.Ints) {
			return fmt.Errorf("%v: %d nanos for %d", l.Path, len(l.Nanos), len(l.Ints))
		}
	}
	return nil
}
