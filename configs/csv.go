package configs

import (
	"maps"
	"slices"
	"strings"

	"hydrant/transform"
)

func (d *decoder) csvToJSON(b *block) *CSVToJSON {
	before := len(d.list)
	c := &CSVToJSON{
		Columns: b.list("columns"), Header: b.flag("header"), Rename: b.table("rename"),
		SnakeCase: b.flag("snake_case"), EmptyNull: b.flag("empty_as_null"), Skip: b.list("skip"),
		Delimiter: d.oneByte(b.arg("delimiter")), Quote: d.oneByte(b.arg("quote")),
	}
	columns := b.arg("columns")
	if !columns.bad && !b.arg("header").bad && len(c.Columns) == 0 && !c.Header {
		d.errorAt(b.header, "Columns of the CSV are unknown", `Name them with columns = ["id", "ts"], or write header = true when the first line of each record names them`)
	}
	if c.Delimiter == c.Quote && c.Quote != 0 {
		d.errorAt(b.header, "Delimiter and quote are the same", "The delimiter and the quote of csv_to_json must differ")
	}
	d.csvNames(b, c)
	if columns.ok() && len(c.Columns) > 0 {
		d.csvReferences(b, c)
	}
	if len(d.list) == before && d.whole(b) && !b.anyBad() {
		d.csvAgrees(b, c)
	}
	return c
}

// csvAgrees asks the transform itself, so that nothing which passes here
// fails when the stream starts.
func (d *decoder) csvAgrees(b *block, c *CSVToJSON) {
	_, err := transform.NewCSVToJSON(transform.CSVOptions{
		Columns: c.Columns, Header: c.Header, Rename: c.Rename, SnakeCase: c.SnakeCase,
		Delimiter: c.Delimiter, Quote: c.Quote, EmptyNull: c.EmptyNull, Skip: c.Skip,
	})
	if err != nil {
		d.errorAt(b.header, "Invalid csv_to_json", "The transform does not take these arguments: %s", strings.TrimPrefix(err.Error(), "transform: csv_to_json: "))
	}
}

// outputName is what a column is called after the transform.
func (c *CSVToJSON) outputName(name string) string {
	if renamed, ok := c.Rename[name]; ok {
		return renamed
	}
	if c.SnakeCase {
		return transform.SnakeCase(name)
	}
	return name
}

// skipped says whether a column is left out; skip may have either of its names.
func (c *CSVToJSON) skipped(name string) bool {
	return slices.Contains(c.Skip, name) || slices.Contains(c.Skip, c.outputName(name))
}

// output is what the columns are called that are not left out.
func (c *CSVToJSON) output() []string {
	var names []string
	for _, name := range c.Columns {
		if !c.skipped(name) {
			names = append(names, c.outputName(name))
		}
	}
	return names
}

// oneByte checks that an argument is a single byte that can part cells.
func (d *decoder) oneByte(a *argument) byte {
	text, _ := a.value.(string)
	if a.bad || text == "" && !a.given {
		return 0
	}
	if len(text) != 1 || text[0] >= 0x80 || strings.ContainsAny(text, "\n\r\x00\\") {
		a.bad = true
		d.errorAt(a.at(), "Invalid csv_to_json "+a.spec.name, `%s can't be used. Write one character of ASCII, neither a backslash nor the end of a line, such as "%s" or "\t"`, capital(a.show(text)), strings.ReplaceAll(a.spec.def, `"`, `'`))
		return 0
	}
	return text[0]
}

// csvNames finds empty and repeated names of columns.
func (d *decoder) csvNames(b *block, c *CSVToJSON) {
	columns := b.arg("columns")
	first := map[string]int{}
	for i, name := range c.Columns {
		if strings.TrimSpace(name) == "" {
			d.errorAt(columns.elementAt(i), "Empty column name", "Column %d has no name. Name it, and leave it out with skip if it isn't wanted", i+1)
			continue
		}
		final := c.outputName(name)
		if _, renamed := c.Rename[name]; final == "" && !renamed {
			d.errorAt(columns.elementAt(i), "Empty column name", "Nothing is left of %s in snake case. Name it with rename", columns.show(name))
			continue
		}
		if before, twice := first[final]; twice {
			d.errorAt(columns.elementAt(i), "Duplicate column", "Columns %d and %d would both be called %s. Give one of them another name", before+1, i+1, columns.show(final))
			continue
		}
		first[final] = i
	}
}

// csvReferences checks that rename and skip name columns that there are.
func (d *decoder) csvReferences(b *block, c *CSVToJSON) {
	columns, rename, skip := b.arg("columns"), b.arg("rename"), b.arg("skip")
	for _, name := range slices.Sorted(maps.Keys(c.Rename)) {
		if !slices.Contains(c.Columns, name) {
			d.errorAt(rename.keyAt(name), "Rename of an unknown column", "There is no column %s.%s", rename.show(name), columns.choice(rename, name, c.Columns))
		} else if strings.TrimSpace(c.Rename[name]) == "" {
			d.errorAt(rename.valueAt(name), "Empty column name", "The new name of %s is empty. To leave a column out, use skip", rename.show(name))
		}
	}
	for i, name := range c.Skip {
		if !slices.ContainsFunc(c.Columns, func(column string) bool { return column == name || c.outputName(column) == name }) {
			d.errorAt(skip.elementAt(i), "Skip of an unknown column", "There is no column %s.%s", skip.show(name), columns.choice(skip, name, c.Columns))
		}
	}
	if len(c.Skip) > 0 && skip.ok() && len(c.output()) == 0 {
		d.errorAt(skip.at(), "All columns are skipped", "Nothing would be left of a record. Take a column out of skip")
	}
}
