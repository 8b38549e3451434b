package oracle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var numeric = map[string]bool{
	"tinyint": true, "smallint": true, "int": true, "bigint": true, "float": true, "double": true, "decimal": true,
}

func isText(t Type) bool { return t.Name == "string" || t.Name == "char" || t.Name == "varchar" }

func (d Serde) scalar(t Type, raw []byte) (any, bool) {
	isNumber := raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
	isBool := raw[0] == 't' || raw[0] == 'f'
	if d.Hive {
		switch {
		case numeric[t.Name] && !isNumber, t.Name == "boolean" && !isBool, raw[0] == '{' || raw[0] == '[':
			return nil, false
		case t.Name == "timestamp" && isNumber:
			return hiveTime(string(raw))
		}
	}
	switch {
	case raw[0] == '"':
		return d.text(t, unquote(raw))
	case raw[0] == '{' || raw[0] == '[':
		return d.tokens(raw), t.Name == "string"
	case isBool && t.Name != "boolean" && !isText(t):
		return nil, false
	case isNumber && (t.Name == "boolean" || t.Name == "date" || t.Name == "binary"):
		return nil, false
	}
	return Text(t, string(raw), false)
}

var sqlForm = regexp.MustCompile(`^\d{4}-\d\d?-\d\d? \d\d?:\d\d:\d\d(\.\d{1,9})?$`)

// text returns the value of the text of a string.
func (d Serde) text(t Type, text string) (any, bool) {
	if d.Hive && t.Name == "timestamp" {
		return hiveTime(text)
	}
	return Text(t, text, true)
}

func hiveTime(text string) (any, bool) {
	text = trim(text)
	v, ok := oracleTime(text)
	return v, ok && sqlForm.MatchString(text)
}

func trim(text string) string { return strings.TrimFunc(text, func(r rune) bool { return r <= ' ' }) }

// Text returns the value of text in a type that is not nested, of a JSON string if
// quoted, else of a number or boolean; ok is false when it does not fit.
func Text(t Type, text string, quoted bool) (any, bool) {
	switch t.Name {
	case "string":
		return text, true
	case "char", "varchar":
		r := []rune(text)
		return string(r[:min(len(r), t.P)]), true
	}
	text = trim(text)
	switch t.Name {
	case "boolean":
		v := strings.ToLower(text)
		return v == "true", len(text) == len(v) && (v == "true" || v == "false")
	case "binary":
		v, err := base64.StdEncoding.DecodeString(text)
		return string(v), err == nil
	case "date":
		if strings.ContainsAny(text, "Tt :") {
			return nil, false
		}
		v, ok := oracleTime(text)
		return v.Unix() / 86400, ok
	case "timestamp":
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
	switch t.Name {
	case "double":
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil
	case "float":
		v, err := strconv.ParseFloat(text, 32)
		return v, err == nil
	}
	r, ok := bounded(text, m[3])
	if !ok {
		return nil, false
	}
	switch t.Name {
	case "decimal":
		v := halfUp(r, t.S)
		return v.String(), v.CmpAbs(pow10(t.P)) < 0
	case "timestamp":
		return oracleUnix(r)
	}
	size := map[string]uint{"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}[t.Name]
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

// Tokens are JSON that is kept as text: the text may be written in other ways.
type Tokens []string

// tokens writes JSON as its tokens, keys as maps have them.
func (d Serde) tokens(raw []byte) Tokens { return jsonTokens(raw, d.mapKey) }

// JSONTokens writes JSON as its tokens.
func JSONTokens(raw []byte) Tokens {
	return jsonTokens(raw, func(key string) string { return key })
}

func jsonTokens(raw []byte, mapKey func(string) string) Tokens {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var out Tokens
	var inObject, key []bool
	for {
		t, err := dec.Token()
		if err != nil {
			return out
		}
		top := len(inObject) - 1
		if name, ok := t.(string); ok && top >= 0 && inObject[top] && key[top] {
			t = mapKey(name)
		}
		if top >= 0 {
			key[top] = !key[top]
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			inObject, key = append(inObject, t == json.Delim('{')), append(key, true)
		case json.Delim('}'), json.Delim(']'):
			inObject, key = inObject[:top], key[:top]
		}
		out = append(out, fmt.Sprintf("%T %v", t, t))
	}
}
