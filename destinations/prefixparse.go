package destinations

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ParsePrefix reads a prefix. Every error is a [*PrefixError].
func ParsePrefix(s string, o PrefixOptions) (*Prefix, error) {
	if s == "" && o.ErrorOutput {
		s = DefaultErrorPrefix("")
	}
	if err := checkPrefixText(s); err != nil {
		return nil, err
	}
	ps := prefixParser{in: s, o: o, p: &Prefix{loc: o.Location}, query: map[string]bool{}, lambda: map[string]bool{}}
	if ps.p.loc == nil {
		ps.p.loc = time.UTC
	}
	if err := ps.parse(); err != nil {
		return nil, err
	}
	if err := ps.finish(); err != nil {
		return nil, err
	}
	return ps.p, nil
}

// checkPrefixText refuses what no part of a key may hold.
func checkPrefixText(s string) error {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return &PrefixError{i, 1, "the prefix is not valid UTF-8", ""}
			}
		}
		if isControl(r) {
			return &PrefixError{i, utf8.RuneLen(r), fmt.Sprintf("the prefix has the control character %U", r), "leave it out"}
		}
	}
	return nil
}

type prefixParser struct {
	in            string
	o             PrefixOptions
	p             *Prefix
	query, lambda map[string]bool
	expressions   int          // other than random strings
	letters       map[byte]int // timestamp letters seen: position of the first
}

func (ps *prefixParser) parse() error {
	for pos := 0; pos < len(ps.in); {
		start := strings.Index(ps.in[pos:], "!{")
		if start < 0 {
			ps.literal(pos, len(ps.in))
			return nil
		}
		start += pos
		ps.literal(pos, start)
		end := strings.IndexByte(ps.in[start:], '}')
		if end < 0 {
			return &PrefixError{start, len(ps.in) - start, "the expression that begins here has no }", "an expression is !{namespace:value}"}
		}
		pos = start + end + 1
		if err := ps.expression(start, pos); err != nil {
			return err
		}
	}
	return nil
}

func (ps *prefixParser) literal(from, to int) {
	if from == to {
		return
	}
	text := ps.in[from:to]
	ps.p.parts = append(ps.p.parts, prefixPart{kind: partLiteral, text: text})
	for _, ns := range namespaces {
		if i := strings.Index(text, "{"+ns+":"); i >= 0 {
			ps.warn(from+i, len(ns)+2, "this is literal text, not an expression", "write !{"+ns+":...}")
		}
	}
}

var namespaces = []string{"timestamp", "firehose", "partitionKeyFromQuery", "partitionKeyFromLambda"}

// expression parses in[from:to], which begins with !{ and ends with }.
func (ps *prefixParser) expression(from, to int) error {
	body := ps.in[from+2 : to-1]
	ns, value, ok := strings.Cut(body, ":")
	if !ok || value == "" {
		return &PrefixError{from, to - from, fmt.Sprintf("invalid expression %s", ps.in[from:to]), "an expression is !{namespace:value}, such as !{timestamp:yyyy/MM/dd}"}
	}
	at := from + 2 + len(ns) + 1
	switch ns {
	case "timestamp":
		return ps.timestamp(at, value)
	case "firehose":
		return ps.firehose(at, value)
	case "partitionKeyFromQuery", "partitionKeyFromLambda":
		return ps.partitionKey(from, to, ns, value)
	}
	return &PrefixError{from + 2, len(ns), fmt.Sprintf("unknown namespace %q", ns), namespaceHint(ns)}
}

func namespaceHint(ns string) string {
	for _, known := range namespaces {
		if strings.EqualFold(known, strings.TrimSpace(ns)) {
			return "write " + known
		}
	}
	return "the namespaces are " + strings.Join(namespaces, ", ")
}

func (ps *prefixParser) timestamp(at int, value string) error {
	pattern, perr := parseTimePattern(value, ps.p.loc)
	if perr != nil {
		perr.Pos += at
		return perr
	}
	ps.expressions++
	ps.p.uses.Timestamp = true
	ps.p.parts = append(ps.p.parts, prefixPart{kind: partTime, time: pattern})
	if ps.letters == nil {
		ps.letters = map[byte]int{}
	}
	for _, f := range pattern.fields {
		if _, seen := ps.letters[f.letter]; f.letter != 0 && !seen {
			ps.letters[f.letter] = at + f.pos
		}
	}
	return nil
}

func (ps *prefixParser) firehose(at int, value string) error {
	switch {
	case value == "random-string":
		ps.p.uses.Random = true
		ps.p.parts = append(ps.p.parts, prefixPart{kind: partRandom})
		return nil
	case value == "error-output-type" && ps.o.ErrorOutput:
		ps.expressions++
		ps.p.uses.ErrorType = true
		ps.p.parts = append(ps.p.parts, prefixPart{kind: partErrorType})
		return nil
	case value == "error-output-type":
		return &PrefixError{at, len(value), "the kind of error is only known in an error sink's prefix", "move it to the error_sink block"}
	}
	hint := "write random-string"
	if ps.o.ErrorOutput {
		hint = "write random-string or error-output-type"
	}
	return &PrefixError{at, len(value), fmt.Sprintf("unknown value %q of namespace firehose", value), hint}
}

func (ps *prefixParser) partitionKey(from, to int, ns, name string) error {
	if ps.o.ErrorOutput {
		return &PrefixError{from, to - from, "an error sink's prefix can't have partition keys", "leave it out"}
	}
	ps.expressions++
	part := prefixPart{kind: partQueryKey, text: name}
	seen := ps.query
	if ns == "partitionKeyFromLambda" {
		part.kind, seen = partLambdaKey, ps.lambda
	}
	seen[name] = true
	ps.p.parts = append(ps.p.parts, part)
	return nil
}

// finish checks the prefix as a whole.
func (ps *prefixParser) finish() error {
	u := &ps.p.uses
	u.QueryKeys = slices.Sorted(maps.Keys(ps.query))
	u.LambdaKeys = slices.Sorted(maps.Keys(ps.lambda))
	// Only random strings: the hour is appended all the same.
	ps.p.implicit = ps.expressions == 0
	u.Timestamp = u.Timestamp || ps.p.implicit
	all := len(ps.in)
	if ps.o.ErrorOutput && !u.ErrorType && (ps.expressions > 0 || u.Random) {
		return &PrefixError{0, all, "an error sink's prefix with expressions must name the kind of error", "add !{firehose:error-output-type}/"}
	}
	sample, err := ps.p.expand(ps.sampleValues())
	if err != nil { // the sample has a value for everything
		return &PrefixError{0, all, err.Error(), ""}
	}
	if len(sample) > MaxPrefix {
		return &PrefixError{0, all, fmt.Sprintf("the evaluated prefix has at least %d bytes, the limit is %d", len(sample), MaxPrefix), "write a shorter one"}
	}
	if dotFolder(string(sample)) {
		return &PrefixError{0, all, fmt.Sprintf("the prefix has a folder named . or ..: %s", sample), "leave it out"}
	}
	ps.warnAll(string(sample))
	return nil
}

// sampleValues have the least length that any values have.
func (ps *prefixParser) sampleValues() Values {
	v := Values{Time: sampleTime, ErrorType: "processing-failed", ID: "sample", PartitionKeys: map[string]string{}, LambdaKeys: map[string]string{}}
	for key := range ps.query {
		v.PartitionKeys[key] = "v"
	}
	for key := range ps.lambda {
		v.LambdaKeys[key] = "v"
	}
	return v
}
