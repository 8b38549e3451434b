package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A block is a block as it was written, its arguments evaluated and of the
// kinds that the language gives them: the HCL shape. Nothing outside this
// package sees it.
type block struct {
	spec   *blockSpec
	typ    string
	label  string // "" when it has none
	header hcl.Range
	labels hcl.Range // of the label
	args   map[string]*argument
	blocks []*block
}

// name is what messages call the block.
func (b *block) name() string {
	if b.spec.kind != "" && b.typ != "destination" && b.typ != "error_sink" {
		return b.spec.kind
	}
	return b.typ
}

// nested returns the blocks of a type in the order in which they were written.
func (b *block) nested(typ string) []*block {
	var found []*block
	for _, one := range b.blocks {
		if one.typ == typ {
			found = append(found, one)
		}
	}
	return found
}

// first returns the first block of a type, or nil.
func (b *block) first(typ string) *block {
	for _, one := range b.blocks {
		if one.typ == typ {
			return one
		}
	}
	return nil
}

// root decodes all files into one block, but for variables and locals.
func (d *decoder) root(bodies []*hclsyntax.Body) *block {
	root := &block{spec: rootSpec, args: map[string]*argument{}}
	for _, body := range bodies {
		d.attributes(root, body)
		for _, hb := range body.Blocks {
			if hb.Type != "variable" && hb.Type != "locals" {
				d.nest(root, hb)
			}
		}
	}
	d.missing(root, d.partial)
	return root
}

// decode decodes what stands between the braces of hb.
func (d *decoder) decode(spec *blockSpec, hb *hclsyntax.Block, label string, labels hcl.Range) *block {
	b := &block{spec: spec, typ: hb.Type, label: label, header: hb.DefRange(), labels: labels, args: map[string]*argument{}}
	d.attributes(b, hb.Body)
	for _, inner := range hb.Body.Blocks {
		d.nest(b, inner)
	}
	d.missing(b, !d.whole(b))
	return b
}

// whole says whether the file of a block could be read to its end, so that
// what is missing in the block is really missing.
func (d *decoder) whole(b *block) bool {
	src := d.sources[b.header.Filename]
	return src == nil || !src.broken
}

func (d *decoder) attributes(b *block, body *hclsyntax.Body) {
	attrs := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, attr := range body.Attributes {
		attrs = append(attrs, attr)
	}
	slices.SortFunc(attrs, func(x, y *hclsyntax.Attribute) int {
		return cmp.Compare(x.NameRange.Start.Byte, y.NameRange.Start.Byte)
	})
	for _, attr := range attrs {
		if spec := b.spec.arg(attr.Name); spec != nil {
			b.args[attr.Name] = d.argument(b, spec, attr)
		} else {
			d.unknownArgument(b.spec, attr)
		}
	}
	for _, spec := range b.spec.args {
		if b.args[spec.name] == nil {
			b.args[spec.name] = absent(spec)
		}
	}
}

func (d *decoder) unknownArgument(spec *blockSpec, attr *hclsyntax.Attribute) {
	switch {
	case slices.Contains(spec.later, attr.Name):
		d.errorAt(attr.NameRange, "Not in this release", "This release has no %s here. It has: %s.", attr.Name, allowed(spec.everything()))
	case spec.nest(attr.Name) != nil:
		d.errorAt(attr.NameRange, "A block was written as an argument", "%s is a block: write %s, without =.", attr.Name, spec.nest(attr.Name).example)
	default:
		d.errorAt(attr.NameRange, "Unknown argument", "There is no argument %q here.%s %s", attr.Name, didYouMean(attr.Name, spec.everything()), spec.lists())
	}
}

// everything lists the names of all arguments and blocks.
func (s *blockSpec) everything() []string { return append(s.argNames(), s.nestNames()...) }

// lists says in words what may stand in a block.
func (s *blockSpec) lists() string {
	args, nests := s.argNames(), s.nestNames()
	switch {
	case len(args) == 0 && len(nests) == 0:
		return "The block takes nothing: leave it empty."
	case len(args) == 0:
		return "Allowed are the blocks " + allowed(nests) + "."
	case len(nests) == 0:
		return "Allowed are " + allowed(args) + "."
	}
	return "Allowed are the arguments " + allowed(args) + " and the blocks " + allowed(nests) + "."
}

func didYouMean(got string, names []string) string {
	if name := nearest(got, names); name != "" {
		return fmt.Sprintf(" Did you mean %q?", name)
	}
	return ""
}

// nest decodes one block inside b.
func (d *decoder) nest(b *block, hb *hclsyntax.Block) {
	nest := b.spec.nest(hb.Type)
	if nest == nil {
		d.unknownBlock(b.spec, hb)
		return
	}
	label, labels, ok := d.labelOf(nest, hb)
	if !ok {
		return
	}
	spec := nest.kinds[0]
	if nest.label == "kind" {
		if spec = d.kindOf(nest, label, labels); spec == nil {
			b.blocks = append(b.blocks, &block{spec: &blockSpec{}, typ: hb.Type, header: hb.DefRange(), labels: labels}) // so that it isn't missed as well
			return
		}
	}
	if first := b.first(hb.Type); first != nil && !nest.many {
		d.errorAt(hb.DefRange(), "Duplicate "+hb.Type+" block", "There may be one %s block here; the first is at %s. Put both into one, or take one out.", hb.Type, place(first.header))
		d.decode(spec, hb, label, labels) // for the mistakes inside
		return
	}
	b.blocks = append(b.blocks, d.decode(spec, hb, label, labels))
}

func (d *decoder) unknownBlock(spec *blockSpec, hb *hclsyntax.Block) {
	switch {
	case slices.Contains(spec.later, hb.Type):
		d.errorAt(hb.DefRange(), "Not in this release", "This release has no %s block. %s", hb.Type, spec.lists())
	case spec.arg(hb.Type) != nil:
		d.errorAt(hb.DefRange(), "An argument was written as a block", "%s is an argument: write %s = and its value.", hb.Type, hb.Type)
	default:
		d.errorAt(hb.DefRange(), "Unknown block", "There is no block %q here.%s %s", hb.Type, didYouMean(hb.Type, spec.everything()), spec.lists())
	}
}

// labelOf returns the label of a block, and says what is wrong with it.
func (d *decoder) labelOf(nest *nestSpec, hb *hclsyntax.Block) (string, hcl.Range, bool) {
	switch {
	case nest.label == "" && len(hb.Labels) > 0:
		d.errorAt(hb.LabelRanges[0], "Label not expected", "A %s block has no label: write %s.", hb.Type, nest.example)
		return "", hb.DefRange(), true
	case nest.label == "":
		return "", hb.DefRange(), true
	case len(hb.Labels) == 0:
		d.errorAt(hb.DefRange(), "Missing label", "A %s block needs its %s in quotes: write %s.", hb.Type, nest.label, nest.example)
		return "", hcl.Range{}, false
	case len(hb.Labels) > 1:
		d.errorAt(hb.LabelRanges[1], "Label not expected", "A %s block has one label, its %s: write %s.", hb.Type, nest.label, nest.example)
	}
	return hb.Labels[0], hb.LabelRanges[0], true
}

func (d *decoder) kindOf(nest *nestSpec, kind string, at hcl.Range) *blockSpec {
	if spec := nest.byKind(kind); spec != nil {
		return spec
	}
	if slices.Contains(nest.later, kind) {
		d.errorAt(at, "Not in this release", "This release has no %s %q. It has %s.", nest.typ, kind, quoted(nest.kindNames()))
		return nil
	}
	d.errorAt(at, "Unknown "+nest.typ, "There is no %s %q.%s There is %s.", nest.typ, kind, didYouMean(kind, nest.kindNames()), quoted(nest.kindNames()))
	return nil
}

// missing tells what a block must have and has not, unless partial: then it
// may stand where the text could not be understood.
func (d *decoder) missing(b *block, partial bool) {
	if partial {
		return
	}
	at := b.header
	for _, spec := range b.spec.args {
		if arg := b.args[spec.name]; spec.required && !arg.given {
			d.errorAt(at, "Missing argument", "%s is missing here. Write, for example, %s.", capital(spec.name), spec.example)
		}
	}
	for _, nest := range b.spec.nests {
		if nest.required && b.first(nest.typ) == nil {
			what := nest.typ
			d.errorAt(at, "Missing "+what+" block", "%s. Write, for example: %s", missingText(b, what), nest.example)
		}
	}
}

func missingText(b *block, what string) string {
	if b.typ == "" {
		return "The configuration has no " + what
	}
	if b.label != "" {
		return fmt.Sprintf("%s %q has no %s", strings.ReplaceAll(b.typ, "_", " "), b.label, what)
	}
	return fmt.Sprintf("%s has no %s", b.typ, what)
}

// place names a position for messages: "file:line".
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }
