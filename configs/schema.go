package configs

import (
	"errors"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"hydrant/formats/column"
)

var (
	columnPattern   = regexp.MustCompile(`^[^\x00-\x1f\x7f,:;"` + "`" + `]{1,255}$`)
	plainColumn     = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)
	pathExpressions = regexp.MustCompile(`(?:^|/)([^/=!{}]+)=[^/]*!\{`) // name=...!{ of a Hive folder
)

const maxColumns = 10000 // more is a mistake, and costs memory for each object

// schema checks the columns and how they are read; it is nil when no column is
// right.
func (d *decoder) schema(b *block) *column.Schema {
	schema := d.columns(b)
	if schema == nil || d.whole(b) && schema.Check() != nil {
		return schema // a mistake in the columns was told
	}
	d.serde(b, schema)
	return schema
}

// columns reads the columns from their blocks or from the type of the rows.
func (d *decoder) columns(b *block) *column.Schema {
	columns, typ := b.nested("column"), b.arg("type")
	switch {
	case typ.given && len(columns) > 0:
		d.errorAt(typ.at(), "Columns in two places", "A schema has either the type of its rows or column blocks. Take one of them out")
		return nil
	case typ.given:
		return d.rowType(b)
	case len(columns) == 0:
		if d.whole(b) {
			d.errorAt(b.header, "Missing column block", `A schema needs columns. Add column "id" { type = "string" }, or type = "struct<id:string>"`)
		}
		return nil
	}
	return d.columnBlocks(b, columns)
}

// rowType reads the columns from the type of the rows.
func (d *decoder) rowType(b *block) *column.Schema {
	a, text := b.arg("type"), b.text("type")
	if !a.ok() {
		return nil
	}
	schema, err := column.ParseSchema(text)
	if err != nil {
		d.typeProblem(a, text, err)
		return nil
	}
	if len(schema.Columns) > maxColumns {
		d.errorAt(a.at(), "Too many columns", "A schema has at most %d columns, and these are %d", maxColumns, len(schema.Columns))
		return nil
	}
	for _, c := range schema.Columns {
		at := d.within(a.expr, text, strings.Index(text, c.Name), strings.Index(text, c.Name)+len(c.Name))
		switch {
		case !columnPattern.MatchString(c.Name):
			d.errorAt(at, "Invalid column name", "%q does not fit. A column's name has 1 to 255 characters without commas, colons, semicolons, quotes and control characters", c.Name)
		case !plainColumn.MatchString(c.Name):
			d.warnAt(at, "Column name that Athena does not take", "Athena takes letters, digits and _ in the names of columns; others read %q only in quotes, or not at all", c.Name)
		}
	}
	return schema
}

// columnAt is where a column was declared.
func (d *decoder) columnAt(b *block, name string) hcl.Range {
	for _, cb := range b.nested("column") {
		if strings.EqualFold(cb.label, name) {
			return cb.labels
		}
	}
	return b.arg("type").at()
}

func (d *decoder) columnBlocks(b *block, columns []*block) *column.Schema {
	schema := &column.Schema{}
	first := map[string]*block{}
	if len(columns) > maxColumns {
		d.errorAt(b.header, "Too many columns", "A schema has at most %d columns, and these are %d", maxColumns, len(columns))
		return nil
	}
	for _, cb := range columns {
		name := strings.ToLower(cb.label)
		if other := first[name]; other != nil {
			d.duplicateColumn(cb, other)
			continue
		}
		first[name] = cb
		d.columnName(cb)
		if typ, ok := d.columnType(cb); ok {
			schema.Columns = append(schema.Columns, column.Column{Name: name, Type: typ, Required: cb.flag("required")})
		}
	}
	if len(schema.Columns) == 0 {
		return nil
	}
	return schema
}

func (d *decoder) duplicateColumn(b, first *block) {
	if b.label == first.label {
		d.errorAt(b.labels, "Duplicate column", "Column %q is at %s already. Rename one of them", b.label, place(first.header))
		return
	}
	d.errorAt(b.labels, "Duplicate column", "Column %q differs from %q at %s by capitals only. Tables have small letters alone, and one of the two would be lost. Rename one of them", b.label, first.label, place(first.header))
}

func (d *decoder) columnName(b *block) {
	switch {
	case !columnPattern.MatchString(b.label):
		d.errorAt(b.labels, "Invalid column name", "%q does not fit. A column's name has 1 to 255 characters without commas, colons, semicolons, quotes and control characters", b.label)
	case !plainColumn.MatchString(b.label):
		d.warnAt(b.labels, "Column name that Athena does not take", "Athena takes letters, digits and _ in the names of columns; others read %q only in quotes, or not at all", b.label)
	case b.label != strings.ToLower(b.label):
		d.warnAt(b.labels, "Column name in capitals", "Tables have small letters alone, so the column is called %q. Fields of records are found whatever their capitals", strings.ToLower(b.label))
	}
}

func (d *decoder) columnType(b *block) (column.Type, bool) {
	a := b.arg("type")
	if !a.ok() {
		return column.Type{}, false
	}
	text := b.text("type")
	typ, err := column.ParseType(text)
	if err != nil {
		d.typeProblem(a, text, err)
		return column.Type{}, false
	}
	return typ, true
}

func (d *decoder) typeProblem(a *argument, text string, err error) {
	at, message := a.at(), err.Error()
	var problem *column.TypeError
	if errors.As(err, &problem) {
		at, message = d.within(a.expr, text, problem.Pos, wordEnd(text, problem.Pos)), problem.Message
	}
	if a.hidden {
		message = "The type, which comes from outside the configuration, is not one of Hive's"
	}
	d.errorAt(at, "Invalid column type", "%s", capital(message))
}

// wordEnd returns the end of the word or number that begins at pos.
func wordEnd(text string, pos int) int {
	end := max(pos, 0)
	for end < len(text) && (isLetterOrDigit(text[end]) || text[end] == '_') {
		end++
	}
	return max(end, pos+1)
}

// columnsAndPath warns of columns that the folders of the path have too: a
// table can't have a name both as a column and as a partition.
func (d *decoder) columnsAndPath(s *stream) {
	sb := s.block.first("schema")
	if sb == nil || s.Schema == nil || s.dest == nil || s.dest.prefix == nil || s.Format.Kind == "raw" {
		return
	}
	for _, m := range pathExpressions.FindAllStringSubmatchIndex(s.dest.Prefix, -1) {
		name := s.dest.Prefix[m[2]:m[3]]
		for _, c := range s.Schema.Columns {
			if strings.EqualFold(c.Name, name) {
				d.warnAt(d.prefixPart(s.dest, m[2], m[3]), "Column is a partition too", "Folders called %s=... make a partition key of this name, and a table can't have a column of the same name (it is at %s). Give the folder another name, or take the column out", name, place(d.columnAt(sb, name)))
			}
		}
	}
}

// prefixPart is where a part of a store's prefix was written.
func (d *decoder) prefixPart(st *store, from, to int) hcl.Range {
	if a := st.block.arg("prefix"); a.given {
		return d.within(a.expr, st.Prefix, from, to)
	}
	return st.block.header
}

func isLetterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
