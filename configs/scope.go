package configs

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// A markType marks values that messages must not show.
type markType string

const (
	outsideMark   markType = "outside"   // came from env() or file()
	sensitiveMark markType = "sensitive" // from a variable that says so
)

// A scope is what expressions may name.
type scope struct {
	variables map[string]cty.Value // cty.DynamicVal after a mistake
	locals    map[string]*local
	contexts  map[string]*hcl.EvalContext // by directory: file() depends on it
}

// A local is one entry of a locals block, evaluated when it's first needed.
type local struct {
	expr  hclsyntax.Expression
	name  hcl.Range
	state int // 0 not evaluated, 1 being evaluated, 2 done
	value cty.Value
}

// defineScope finds the variables and locals of all files.
func (d *decoder) defineScope(bodies []*hclsyntax.Body) {
	d.scope = scope{variables: map[string]cty.Value{}, locals: map[string]*local{}, contexts: map[string]*hcl.EvalContext{}}
	var variables, locals []*hclsyntax.Block
	for _, body := range bodies {
		for _, hb := range body.Blocks {
			switch hb.Type {
			case "variable":
				variables = append(variables, hb)
			case "locals":
				locals = append(locals, hb)
			}
		}
	}
	d.defineVariables(variables)
	for _, hb := range locals {
		d.defineLocals(hb)
	}
	for _, name := range slices.Sorted(maps.Keys(d.scope.locals)) {
		d.local(name)
	}
}

func (d *decoder) defineVariables(blocks []*hclsyntax.Block) {
	declared := map[string]hcl.Range{}
	for _, hb := range blocks {
		name, at, ok := d.labelOf(rootSpec.nest("variable"), hb)
		if !ok {
			continue
		}
		if first, twice := declared[name]; twice {
			d.errorAt(at, "Duplicate variable", "Variable %q is declared at %s already. Rename one of them.", name, place(first))
			continue
		}
		declared[name] = at
		if !hclsyntax.ValidIdentifier(name) {
			d.errorAt(at, "Invalid variable name", "%q can't follow var. in an expression. Use letters, digits, - and _, with a letter first.", name)
		}
		d.scope.variables[name] = d.variable(d.decode(variableSpec, hb, name, at))
	}
	for _, name := range slices.Sorted(maps.Keys(d.opts.Vars)) {
		if _, ok := declared[name]; !ok && !d.partial {
			known := slices.Sorted(maps.Keys(declared))
			d.errorAt(hcl.Range{}, "Unknown variable", "-var gives a value to %q, and there is no variable block of that name.%s Declared are: %s.", name, didYouMean(name, known), allowed(known))
		}
	}
}

// variable returns the value of a variable: what -var says, or the default.
func (d *decoder) variable(b *block) cty.Value {
	def, deflt := cty.NilVal, b.arg("default")
	if deflt.expr != nil {
		if names := deflt.expr.Variables(); len(names) > 0 && hcl.ExprAsKeyword(deflt.expr) == "" {
			d.errorAt(deflt.at(), "Default that names something", "A default can't name variables and locals; env() and other functions are allowed. Use a local for what is put together")
			return cty.DynamicVal
		}
		var ok bool
		if def, ok = d.evaluate(deflt.expr); !ok {
			return cty.DynamicVal
		}
	}
	text, set := d.opts.Vars[b.label]
	sensitive := b.flag("sensitive")
	switch {
	case set && sensitive:
		d.hideValue(text)
	case !set && def == cty.NilVal:
		d.errorAt(b.labels, "No value for variable", "Variable %q has no default. Give it a value with -var %s=VALUE, or write a default.", b.label, b.label)
		return cty.DynamicVal
	}
	val := def
	if set {
		val = d.fromFlag(b, text, def)
	}
	if !sensitive {
		return val
	}
	d.clearDefault(deflt, def)
	return val.Mark(sensitiveMark)
}

// clearDefault warns of a sensitive value that stands in the file.
func (d *decoder) clearDefault(a *argument, def cty.Value) {
	if def == cty.NilVal || def.ContainsMarked() || def.IsNull() || def.Type() != cty.String {
		return
	}
	d.hideValue(def.AsString())
	if def.AsString() != "" {
		d.warnAt(a.at(), "Secret in clear", `Whoever can read this file knows the secret. Take it from the environment: default = env("NAME").`)
	}
}

// fromFlag reads the text of -var as a value of the default's type: text for a
// string, an expression such as ["a", "b"] for lists and maps.
func (d *decoder) fromFlag(b *block, text string, def cty.Value) cty.Value {
	typ := cty.String
	if def != cty.NilVal && !def.IsNull() {
		unmarked, _ := def.UnmarkDeep()
		typ = unmarked.Type()
	}
	val := cty.StringVal(text)
	if !typ.IsPrimitiveType() {
		expr, diags := hclsyntax.ParseExpression([]byte(text), "-var "+b.label, hcl.InitialPos)
		if !diags.HasErrors() {
			val, diags = expr.Value(nil)
		}
		if diags.HasErrors() || !val.CanIterateElements() {
			d.errorAt(b.labels, "Invalid value for variable", `-var %s= must be written like the default: a list such as ["a", "b"], or a map such as { a = "b" }.`, b.label)
			return cty.DynamicVal
		}
		return val
	}
	val, err := convert.Convert(val, typ)
	if err != nil {
		d.errorAt(b.labels, "Invalid value for variable", "-var %s= must be a %s, like the default.", b.label, typ.FriendlyName())
		return cty.DynamicVal
	}
	return val
}

func (d *decoder) defineLocals(hb *hclsyntax.Block) {
	if len(hb.Labels) > 0 {
		d.errorAt(hb.LabelRanges[0], "Label not expected", "A locals block has no label: write locals { name = value }.")
	}
	for _, inner := range hb.Body.Blocks {
		d.errorAt(inner.DefRange(), "Unknown block", "locals holds names and values: write %s = and its value.", inner.Type)
	}
	for name, attr := range hb.Body.Attributes {
		if first, twice := d.scope.locals[name]; twice {
			d.errorAt(attr.NameRange, "Duplicate local", "local.%s is declared at %s already. Rename one of them.", name, place(first.name))
			continue
		}
		d.scope.locals[name] = &local{expr: attr.Expr, name: attr.NameRange}
	}
}

// local evaluates a local, and before it those that it names. It is
// cty.DynamicVal after a mistake, which has been told then.
func (d *decoder) local(name string) cty.Value {
	l := d.scope.locals[name]
	switch l.state {
	case 1:
		l.state, l.value = 2, cty.DynamicVal
		d.errorAt(l.name, "Locals name each other", "The value of local.%s depends on itself. Write one of the values in the circle out.", name)
		return l.value
	case 2:
		return l.value
	}
	l.state = 1
	val, ok := d.evaluate(l.expr)
	if !ok {
		val = cty.DynamicVal
	}
	if l.state == 1 {
		l.state, l.value = 2, val
	}
	return l.value
}

// evaluate returns the value of an expression. When it is false, the mistake
// has been told, here or where a variable or local was defined.
func (d *decoder) evaluate(expr hclsyntax.Expression) (cty.Value, bool) {
	if word := hcl.ExprAsKeyword(expr); word != "" && word != "null" && word != "true" && word != "false" {
		d.errorAt(expr.Range(), "Missing quotes", "A bare word is the name of a variable, and there is none of this name. For text write %q.", word)
		return cty.DynamicVal, false
	}
	if !d.known(expr) {
		return cty.DynamicVal, false
	}
	val, diags := expr.Value(d.context(expr.Range().Filename))
	d.evaluationFailed(expr, diags)
	if diags.HasErrors() || !val.IsWhollyKnown() {
		return cty.DynamicVal, false
	}
	return val, true
}

// known says whether everything that expr names is there, and tells what is not.
func (d *decoder) known(expr hclsyntax.Expression) bool {
	ok := true
	for _, t := range expr.Variables() {
		root, name := t.RootName(), ""
		if len(t) > 1 {
			if attr, is := t[1].(hcl.TraverseAttr); is {
				name = attr.Name
			}
		}
		switch root {
		case "var":
			if _, is := d.scope.variables[name]; !is {
				ok = false
				d.unknownName(t, `variable`, name, slices.Sorted(maps.Keys(d.scope.variables)))
			}
		case "local":
			if d.scope.locals[name] == nil {
				ok = false
				d.unknownName(t, `local`, name, slices.Sorted(maps.Keys(d.scope.locals)))
			} else if d.local(name) == cty.DynamicVal {
				ok = false
			}
		default:
			ok = false
			d.errorAt(t.SourceRange(), "Unknown name", `There is no %q. Expressions may name var.NAME of a variable block and local.NAME of a locals block; text stands in quotes.`, root)
		}
	}
	return ok
}

func (d *decoder) unknownName(t hcl.Traversal, what, name string, names []string) {
	if d.partial {
		return // its declaration may be in what could not be read
	}
	d.errorAt(t.SourceRange(), "Unknown "+what, "There is no %s %q.%s Declared are: %s.", what, name, didYouMean(name, names), allowed(names))
}

// evaluationFailed tells why an expression has no value. What a function says
// about a value that must not be seen is left out.
func (d *decoder) evaluationFailed(expr hclsyntax.Expression, diags hcl.Diagnostics) {
	for _, one := range diags {
		out := &hcl.Diagnostic{Severity: one.Severity, Summary: one.Summary, Detail: one.Detail, Subject: one.Subject}
		call, isCall := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](one)
		switch {
		case isCall && call.CalledFunctionName() == "env" && call.FunctionCallError() != nil:
			out.Summary, out.Detail = "Environment variable not set", sentence(capital(call.FunctionCallError().Error()))
		case isCall && call.CalledFunctionName() == "file" && call.FunctionCallError() != nil:
			out.Summary, out.Detail = "Cannot read file", sentence(capital(call.FunctionCallError().Error()))
		case d.namesSecrets(expr):
			out.Detail = "The expression has no value. What is wrong with it is not shown, because a value in it comes from outside the configuration."
		}
		d.list = append(d.list, out)
	}
}

// namesSecrets says whether the value of expr may hold what must not be shown.
func (d *decoder) namesSecrets(expr hclsyntax.Expression) bool {
	found := false
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && (call.Name == "env" || call.Name == "file") {
			found = true
		}
		return nil
	})
	for _, t := range expr.Variables() {
		if val, diags := t.TraverseAbs(d.context(expr.Range().Filename)); diags.HasErrors() || val.ContainsMarked() {
			found = true
		}
	}
	return found
}

// context is what expressions in a file see.
func (d *decoder) context(filename string) *hcl.EvalContext {
	dir := filepath.Dir(filename)
	if d.scope.contexts[dir] == nil {
		d.scope.contexts[dir] = &hcl.EvalContext{Functions: d.functions(dir)}
	}
	locals := map[string]cty.Value{}
	for name, l := range d.scope.locals {
		if l.state == 2 {
			locals[name] = l.value
		}
	}
	ctx := d.scope.contexts[dir]
	ctx.Variables = map[string]cty.Value{"var": cty.ObjectVal(d.scope.variables), "local": cty.ObjectVal(locals)}
	return ctx
}

// functions are the language's functions, for files in dir.
func (d *decoder) functions(dir string) map[string]function.Function {
	all := maps.Clone(standardFunctions)
	all["env"] = envFunction(d.opts.Env)
	all["file"] = fileFunction(dir)
	return all
}
