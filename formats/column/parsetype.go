package column

import (
	"fmt"
	"strconv"
	"strings"
)

// Hive's limits.
const (
	MaxPrecision = 38    // digits of a decimal
	MaxChar      = 255   // characters of a char
	MaxVarchar   = 65535 // characters of a varchar
)

// maxTypeDepth bounds how deep types nest, so that no text overflows the stack.
const maxTypeDepth = 32

// A TypeError says what is wrong in a type's text.
type TypeError struct {
	Pos     int    // byte offset in the text, from 0
	Message string // what is wrong and what to write instead
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("type, character %d: %s", e.Pos+1, e.Message)
}

// ParseType reads a Hive type as a Glue table has it, such as
// "struct<id:bigint,tags:array<string>>". Capitals, blanks and Hive's synonyms
// (integer, real, double precision, decimal without parameters for
// decimal(10,0)) are taken; [Type.String] gives the exact form. An error is a
// [*TypeError].
func ParseType(s string) (Type, error) {
	p := &typeParser{s: s}
	t, err := p.parse(0)
	if err != nil {
		return Type{}, err
	}
	p.blanks()
	if p.i < len(s) {
		return Type{}, p.errorf(p.i, "%s after the end of the type %s", quote(s[p.i:]), t)
	}
	return t, nil
}

type typeParser struct {
	s string
	i int
}

func (p *typeParser) errorf(pos int, format string, args ...any) error {
	return &TypeError{Pos: pos, Message: fmt.Sprintf(format, args...)}
}

func (p *typeParser) blanks() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

// word takes letters, digits and underscores, lower-cased.
func (p *typeParser) word() (word string, pos int) {
	p.blanks()
	pos = p.i
	for p.i < len(p.s) && isWord(p.s[p.i]) {
		p.i++
	}
	return strings.ToLower(p.s[pos:p.i]), pos
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// next takes c if it is what follows.
func (p *typeParser) next(c byte) bool {
	p.blanks()
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *typeParser) expect(c byte, what string) error {
	if p.next(c) {
		return nil
	}
	if p.i == len(p.s) {
		return p.errorf(p.i, "%q is missing %s", c, what)
	}
	return p.errorf(p.i, "%q expected %s, not %s", c, what, quote(p.s[p.i:]))
}

func (p *typeParser) parse(depth int) (Type, error) {
	word, pos := p.word()
	if depth > maxTypeDepth {
		return Type{}, p.errorf(pos, "types nest deeper than %d", maxTypeDepth)
	}
	switch word {
	case "decimal", "numeric":
		return p.decimal()
	case "char":
		return p.text(Char, MaxChar)
	case "varchar":
		return p.text(Varchar, MaxVarchar)
	case "array":
		return p.array(depth)
	case "map":
		return p.mapping(depth)
	case "struct":
		return p.structure(depth)
	}
	kind, ok := plain[word]
	if !ok {
		return Type{}, p.unknown(word, pos)
	}
	return Type{Kind: kind}, p.suffix(word)
}

// suffix takes the second word of "double precision" and refuses that of
// "timestamp with ...".
func (p *typeParser) suffix(word string) error {
	was := p.i
	second, pos := p.word()
	switch {
	case word == "double" && second == "precision":
		return nil
	case word == "timestamp" && (second == "with" || second == "without"):
		return p.errorf(pos, "Athena reads no other timestamp than \"timestamp\"")
	}
	p.i = was
	p.blanks()
	if p.i < len(p.s) && p.s[p.i] == '(' {
		return p.errorf(p.i, "%s takes no parameters", word)
	}
	return nil
}

func (p *typeParser) unknown(word string, pos int) error {
	switch {
	case word == "" && pos == len(p.s):
		return p.errorf(pos, "a type is missing, such as string, bigint, double or timestamp")
	case word == "":
		return p.errorf(pos, "a type expected, not %s", quote(p.s[pos:]))
	case word == "uniontype":
		return p.errorf(pos, "Athena reads no uniontype; use a struct with a field for each case")
	}
	if s := suggest(word); s != "" {
		return p.errorf(pos, "unknown type %s; did you mean %s?", quote(word), s)
	}
	return p.errorf(pos, "unknown type %s; Hive's types are boolean, tinyint, smallint, int, bigint, float, double, "+
		"decimal(p,s), string, char(n), varchar(n), date, timestamp, binary, array<>, map<,>, struct<>", quote(word))
}

func (p *typeParser) number(what string, low, high int) (int, error) {
	word, pos := p.word()
	n, err := strconv.Atoi(word)
	if err != nil || n < low || n > high {
		return 0, p.errorf(pos, "%s has to be a number from %d to %d", what, low, high)
	}
	return n, nil
}

func (p *typeParser) decimal() (Type, error) {
	t := Type{Kind: Decimal, Precision: 10}
	if !p.next('(') {
		return t, nil
	}
	var err error
	if t.Precision, err = p.number("the precision of a decimal", 1, MaxPrecision); err != nil {
		return t, err
	}
	if p.next(',') {
		if t.Scale, err = p.number("the scale of a decimal of "+strconv.Itoa(t.Precision)+" digits", 0, t.Precision); err != nil {
			return t, err
		}
	}
	return t, p.expect(')', "after a decimal's precision and scale")
}

func (p *typeParser) text(kind Kind, most int) (Type, error) {
	t := Type{Kind: kind}
	if !p.next('(') {
		return t, p.errorf(p.i, "%s needs a length, such as %s(20)", kind, kind)
	}
	var err error
	if t.Length, err = p.number("the length of a "+kind.String(), 1, most); err != nil {
		return t, err
	}
	return t, p.expect(')', "after a length")
}

func (p *typeParser) array(depth int) (Type, error) {
	if err := p.expect('<', "after array"); err != nil {
		return Type{}, err
	}
	elem, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	return Type{Kind: Array, Elem: &elem}, p.expect('>', "after an array's element type")
}

func (p *typeParser) mapping(depth int) (Type, error) {
	if err := p.expect('<', "after map"); err != nil {
		return Type{}, err
	}
	p.blanks()
	pos := p.i
	key, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	if key.Kind.IsNested() {
		return Type{}, p.errorf(pos, "the key of a map can't be %s", key)
	}
	if err := p.expect(',', "between the key and value types of a map"); err != nil {
		return Type{}, err
	}
	elem, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	return Type{Kind: Map, Key: &key, Elem: &elem}, p.expect('>', "after a map's value type")
}

func (p *typeParser) structure(depth int) (Type, error) {
	t := Type{Kind: Struct}
	if err := p.expect('<', "after struct"); err != nil {
		return t, err
	}
	seen := map[string]bool{}
	for {
		f, err := p.field(depth, seen)
		if err != nil {
			return t, err
		}
		t.Fields = append(t.Fields, f)
		if !p.next(',') {
			return t, p.expect('>', "after a struct's fields")
		}
	}
}

// field takes "name:type". Hive's names are in small letters.
func (p *typeParser) field(depth int, seen map[string]bool) (Column, error) {
	p.blanks()
	pos := p.i
	n := strings.IndexAny(p.s[pos:], ":<>,()")
	if n < 0 || p.s[pos+n] != ':' {
		return Column{}, p.errorf(pos, "a struct's field is written name:type")
	}
	name := strings.ToLower(strings.TrimSpace(p.s[pos : pos+n]))
	p.i = pos + n + 1
	if name == "" {
		return Column{}, p.errorf(pos, "a struct's field has no name")
	}
	if seen[name] {
		return Column{}, p.errorf(pos, "the struct has two fields %s (Hive does not tell capitals apart)", quote(name))
	}
	seen[name] = true
	t, err := p.parse(depth + 1)
	return Column{Name: name, Type: t}, err
}
