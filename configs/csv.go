package configs

import (
	"maps"
	"slices"
	"strings"
)

func (d *decoder) csvToJSON(b *block) *CSVToJSON {
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
	return c
}

// oneByte checks that an argument is a single byte that can part cells.
func (d *decoder) oneByte(a *argument) byte {
	text, _ := a.value.(string)
	if a.bad || text == "" && !a.given {
		return 0
	}
	if len(text) != 1 || text == "\n" || text == "\r" || text == "\x00" {
		a.bad = true
		d.errorAt(a.at(), "Invalid csv_to_json "+a.spec.name, `%s is not one byte. Write one character of ASCII, such as "%s" or "\t"`, capital(a.show(text)), strings.ReplaceAll(a.spec.def, `"`, `'`))
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
		final, renamed := c.Rename[name]
		if !renamed {
			final = name
		}
		key := final
		if c.SnakeCase && !renamed {
			key = strings.ToLower(final)
		}
		if before, twice := first[key]; twice {
			d.errorAt(columns.elementAt(i), "Duplicate column", "Columns %d and %d would both be called %s. Give one of them another name", before+1, i+1, columns.show(final))
			continue
		}
		first[key] = i
	}
}

// csvReferences checks that rename and skip name columns that there are.
func (d *decoder) csvReferences(b *block, c *CSVToJSON) {
	rename, skip := b.arg("rename"), b.arg("skip")
	for _, name := range slices.Sorted(maps.Keys(c.Rename)) {
		if !slices.Contains(c.Columns, name) {
			d.errorAt(rename.keyAt(name), "Rename of an unknown column", "There is no column %s.%s There are: %s", rename.show(name), hintUnless(rename.hidden, didYouMean(name, c.Columns)), allowed(c.Columns))
		} else if strings.TrimSpace(c.Rename[name]) == "" {
			d.errorAt(rename.valueAt(name), "Empty column name", "The new name of %s is empty. To leave a column out, use skip", rename.show(name))
		}
	}
	for i, name := range c.Skip {
		if !slices.Contains(c.Columns, name) {
			d.errorAt(skip.elementAt(i), "Skip of an unknown column", "There is no column %s.%s There are: %s", skip.show(name), hintUnless(skip.hidden, didYouMean(name, c.Columns)), allowed(c.Columns))
		}
	}
	if len(c.Skip) > 0 && skip.ok() && !slices.ContainsFunc(c.Columns, func(name string) bool { return !slices.Contains(c.Skip, name) }) {
		d.errorAt(skip.at(), "All columns are skipped", "Nothing would be left of a record. Take a column out of skip")
	}
}
