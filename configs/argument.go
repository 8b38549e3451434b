package configs

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// An argument is the value of an argument in a block, or its default.
type argument struct {
	spec   *argSpec
	expr   hclsyntax.Expression // nil: not written
	value  any                  // as argKind says; the zero value after a mistake without default
	given  bool                 // written, and not null
	bad    bool                 // a mistake was told: nothing more is to be said about it
	hidden bool                 // its value must not appear in messages
}

// ok says whether the argument was written and is right so far.
func (a *argument) ok() bool { return a.given && !a.bad }

// at is where the value stands.
func (a *argument) at() hcl.Range {
	if a.expr == nil {
		return hcl.Range{}
	}
	return a.expr.Range()
}

// show quotes text that is a part of the value, unless it must not be seen.
func (a *argument) show(text string) string {
	if a.hidden {
		return "the value (not shown, it comes from outside the configuration)"
	}
	return strconv.Quote(text)
}

// choice lists the names in a, of which one was probably meant by got, as far
// as they may be seen.
func (a *argument) choice(from *argument, got string, names []string) string {
	if a.hidden {
		return ""
	}
	return hintUnless(from.hidden, didYouMean(got, names)) + " There are: " + allowed(names) + "."
}

func (b *block) arg(name string) *argument {
	if a := b.args[name]; a != nil {
		return a
	}
	panic("configs: no argument " + name + " in " + b.typ)
}

// anyBad says whether a mistake in one of the arguments was told.
func (b *block) anyBad() bool {
	for _, a := range b.args {
		if a.bad {
			return true
		}
	}
	return false
}

func value[T any](b *block, name string) T {
	v, _ := b.arg(name).value.(T)
	return v
}

func (b *block) text(name string) string            { return value[string](b, name) }
func (b *block) secret(name string) Secret          { return value[Secret](b, name) }
func (b *block) size(name string) int64             { return value[int64](b, name) }
func (b *block) count(name string) int64            { return value[int64](b, name) }
func (b *block) share(name string) float64          { return value[float64](b, name) }
func (b *block) duration(name string) time.Duration { return value[time.Duration](b, name) }
func (b *block) flag(name string) bool              { return value[bool](b, name) }
func (b *block) list(name string) []string          { return value[[]string](b, name) }
func (b *block) table(name string) map[string]string {
	return value[map[string]string](b, name)
}

// absent is an argument that wasn't written.
func absent(spec *argSpec) *argument {
	a := &argument{spec: spec}
	if spec.def != "" {
		a.value, _ = fromText(spec.kind, spec.def)
	}
	return a
}

// fromText reads a value in the language's notation. Its errors are sentences
// for the user.
func fromText(kind argKind, text string) (any, error) {
	switch kind {
	case sizeArg:
		return parseSize(text)
	case durationArg:
		return parseDuration(text)
	case ageArg:
		return parseAge(text)
	case countArg:
		return strconv.ParseInt(text, 10, 64)
	case shareArg:
		return strconv.ParseFloat(text, 64)
	case flagArg:
		return strconv.ParseBool(text)
	}
	return text, nil
}

// argument evaluates an argument and checks what the language's table says of
// it: its kind, its range and its set of values.
func (d *decoder) argument(b *block, spec *argSpec, attr *hclsyntax.Attribute) *argument {
	a := absent(spec)
	a.expr, a.given = attr.Expr, true
	if spec.kind == anyArg {
		return a
	}
	val, ok := d.evaluate(attr.Expr)
	if !ok {
		a.bad = true
		return a
	}
	val, marks := val.UnmarkDeep()
	if val.IsNull() {
		a.given = false
		return a
	}
	a.hidden = len(marks) > 0 || spec.kind == secretArg
	summary := fmt.Sprintf("Invalid %s %s", b.name(), spec.name)
	if _, sensitive := marks[sensitiveMark]; sensitive && spec.kind != secretArg {
		d.errorAt(a.at(), "Secret where it can be seen", "%s is shown in logs and answers, so a sensitive variable can't be used for it. Use another variable, or take sensitive = true out.", spec.name)
		a.bad = true
		return a
	}
	v, problem := fromValue(a, val)
	if problem == "" {
		problem = outOfRange(a, v)
	}
	if problem != "" {
		d.errorAt(a.at(), summary, "%s", problem)
		a.bad = true
		return a
	}
	a.value = v
	if spec.kind == secretArg {
		d.secretGiven(a, summary, len(marks) > 0)
	}
	return a
}

// secretGiven looks at a secret that was written down.
func (d *decoder) secretGiven(a *argument, summary string, outside bool) {
	secret, _ := a.value.(Secret)
	d.hideValue(secret.Reveal())
	switch {
	case secret.IsZero():
		d.errorAt(a.at(), summary, "%s is empty. Take it from the environment or from a file: %s.", a.spec.name, a.spec.example)
		a.bad = true
	case !outside:
		d.warnAt(a.at(), "Secret in clear", "Whoever can read this file knows the secret. Take it from the environment or from a file: %s.", a.spec.example)
	}
}

// fromValue turns an evaluated value into the Go value of the argument's kind,
// or returns what is wrong with it.
func fromValue(a *argument, val cty.Value) (any, string) {
	switch a.spec.kind {
	case listArg:
		return listFrom(a, val)
	case tableArg:
		return tableFrom(a, val)
	case countArg:
		return countFrom(a, val)
	case shareArg:
		return shareFrom(a, val)
	case flagArg:
		v, err := convert.Convert(val, cty.Bool)
		if err != nil || v.IsNull() {
			return nil, fmt.Sprintf("%s is true or false, without quotes", a.spec.name)
		}
		return v.True(), ""
	}
	if val.Type() == cty.Number && (a.spec.kind == sizeArg || a.spec.kind == durationArg || a.spec.kind == ageArg) {
		return nil, missingUnit(a, val)
	}
	v, err := convert.Convert(val, cty.String)
	if err != nil || v.IsNull() {
		return nil, fmt.Sprintf("%s is a %s: write it in quotes", a.spec.name, a.spec.kind)
	}
	text := v.AsString()
	if a.spec.kind == secretArg {
		return NewSecret(text), ""
	}
	parsed, err := fromText(a.spec.kind, text)
	if err != nil {
		if a.hidden {
			return nil, fmt.Sprintf("The value of %s (not shown, it comes from outside the configuration) is not a %s. Write it as in %s", a.spec.name, a.spec.kind, a.spec.kind.sample())
		}
		return nil, err.Error()
	}
	return parsed, ""
}

func (k argKind) sample() string {
	if k == sizeArg {
		return `"64MiB"`
	}
	return `"60s"`
}

func missingUnit(a *argument, val cty.Value) string {
	number := val.AsBigFloat().Text('f', -1)
	if a.hidden {
		number = "1"
	}
	if a.spec.kind == sizeArg {
		return fmt.Sprintf("A size needs its unit, in quotes: write %q if you mean mebibytes", number+"MiB")
	}
	return fmt.Sprintf("A duration needs its unit, in quotes: write %q if you mean seconds", number+"s")
}

func countFrom(a *argument, val cty.Value) (any, string) {
	v, err := convert.Convert(val, cty.Number)
	if err != nil || v.IsNull() {
		return nil, fmt.Sprintf("%s is a number, without quotes", a.spec.name)
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact {
		return nil, fmt.Sprintf("%s is a whole number%s", a.spec.name, rangeText(a.spec))
	}
	return n, ""
}

func shareFrom(a *argument, val cty.Value) (any, string) {
	v, err := convert.Convert(val, cty.Number)
	if err != nil || v.IsNull() {
		return nil, fmt.Sprintf("%s is a number, without quotes", a.spec.name)
	}
	n, _ := v.AsBigFloat().Float64() // the nearest will do
	return n, ""
}

func listFrom(a *argument, val cty.Value) (any, string) {
	if !val.CanIterateElements() || val.Type().IsMapType() || val.Type().IsObjectType() {
		return nil, fmt.Sprintf(`%s is a list: write it in brackets, such as ["a", "b"]`, a.spec.name)
	}
	list := []string{}
	for it := val.ElementIterator(); it.Next(); {
		_, element := it.Element()
		v, err := convert.Convert(element, cty.String)
		if err != nil || v.IsNull() {
			return nil, fmt.Sprintf("Element %d of %s is not a string: write it in quotes", len(list)+1, a.spec.name)
		}
		list = append(list, v.AsString())
	}
	return list, ""
}

func tableFrom(a *argument, val cty.Value) (any, string) {
	if !val.Type().IsMapType() && !val.Type().IsObjectType() {
		return nil, fmt.Sprintf(`%s is a map: write it in braces, such as { name = "value" }`, a.spec.name)
	}
	table := map[string]string{}
	for it := val.ElementIterator(); it.Next(); {
		key, element := it.Element()
		v, err := convert.Convert(element, cty.String)
		if err != nil || v.IsNull() {
			return nil, fmt.Sprintf("The value of %s in %s is not a string: write it in quotes", a.show(key.AsString()), a.spec.name)
		}
		table[key.AsString()] = v.AsString()
	}
	return table, ""
}

// outOfRange compares a value with its limits and its set of values.
func outOfRange(a *argument, v any) string {
	if text, ok := v.(string); ok && a.spec.oneOf != nil && !slices.Contains(a.spec.oneOf, text) {
		hint := ""
		if !a.hidden {
			hint = didYouMean(text, a.spec.oneOf)
		}
		return fmt.Sprintf("%s is none of the values of %s.%s Write %s", capital(a.show(text)), a.spec.name, hint, quoted(a.spec.oneOf))
	}
	if a.spec.min == "" {
		return ""
	}
	low, _ := fromText(a.spec.kind, a.spec.min)
	high, _ := fromText(a.spec.kind, a.spec.max)
	if asNumber(v) < asNumber(low) || asNumber(v) > asNumber(high) {
		return fmt.Sprintf("%s is out of range: write a %s%s", capital(a.spec.name), a.spec.kind, rangeText(a.spec))
	}
	return ""
}

func rangeText(spec *argSpec) string {
	if spec.min == "" {
		return ""
	}
	if spec.kind == countArg || spec.kind == shareArg {
		return fmt.Sprintf(" from %s to %s", spec.min, spec.max)
	}
	return fmt.Sprintf(" from %q to %q", spec.min, spec.max)
}

// asNumber makes values comparable with their limits, which are far below what
// a float64 holds exactly.
func asNumber(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case time.Duration:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// elementAt is where element i of a list stands, or the list when it is not
// written out.
func (a *argument) elementAt(i int) hcl.Range {
	if list, diags := hcl.ExprList(a.expr); !diags.HasErrors() && i < len(list) {
		return list[i].Range()
	}
	return a.at()
}

// keyAt and valueAt are where an entry of a map stands, or the map.
func (a *argument) keyAt(key string) hcl.Range   { k, _ := a.entry(key); return k }
func (a *argument) valueAt(key string) hcl.Range { _, v := a.entry(key); return v }

func (a *argument) entry(key string) (k, v hcl.Range) {
	if pair := a.pair(key); pair != nil {
		return pair.KeyExpr.Range(), pair.ValueExpr.Range()
	}
	return a.at(), a.at()
}

func (a *argument) pair(key string) *hclsyntax.ObjectConsItem {
	object, ok := a.expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	for i := range object.Items {
		if k, diags := object.Items[i].KeyExpr.Value(nil); !diags.HasErrors() && k.IsWhollyKnown() && k.Type() == cty.String && !k.IsNull() && k.AsString() == key {
			return &object.Items[i]
		}
	}
	return nil
}
