package transform

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// maxCSVColumns bounds what one header can make us hold.
const maxCSVColumns = 10_000

// csvColumns are the columns of a CSV by position. They aren't changed once
// made.
type csvColumns struct {
	names []string // as in the output; "" for a column that is left out
	keys  [][]byte // what stands before the cell in JSON, such as {"a": or ,"b":
	// order of cells in Row.Fields: fields[i] is a position, -1 for null
	fields []int
}

// columns names the columns whose names in the input are in.
func (o *CSVOptions) columns(in []string) (*csvColumns, error) {
	if len(in) > maxCSVColumns {
		return nil, fmt.Errorf("there are %d columns, the limit is %d", len(in), maxCSVColumns)
	}
	c := &csvColumns{names: make([]string, len(in)), keys: make([][]byte, len(in))}
	from := map[string]string{} // output name -> input name
	opener := byte('{')
	for i, name := range in {
		renamed := o.rename(name)
		if renamed == "" {
			return nil, fmt.Errorf("column %d, %q, has no name", i+1, name)
		}
		if other, taken := from[renamed]; taken {
			return nil, fmt.Errorf("columns %q and %q are both named %q", other, name, renamed)
		}
		from[renamed] = name
		if slices.Contains(o.Skip, name) || slices.Contains(o.Skip, renamed) {
			continue
		}
		c.names[i] = renamed
		c.keys[i] = append(appendJSONString([]byte{opener}, []byte(renamed)), ':')
		opener = ','
	}
	if opener == '{' {
		return nil, fmt.Errorf("all columns are skipped")
	}
	return c, nil
}

// rename returns the output name of a column.
func (o *CSVOptions) rename(name string) string {
	if to, ok := o.Rename[name]; ok {
		return to
	}
	if o.SnakeCase {
		return SnakeCase(name)
	}
	return name
}

// output returns the names of the columns that aren't left out.
func (c *csvColumns) output() []string {
	var names []string
	for _, name := range c.names {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// selectFields returns c with the cells of rows in the order of names; none
// means that rows are JSON.
func (c *csvColumns) selectFields(names []string) *csvColumns {
	out := *c
	out.fields = nil
	if len(names) == 0 {
		return &out
	}
	out.fields = make([]int, len(names))
	at := make(map[string]int, len(c.names))
	for i, name := range c.names {
		at[name] = i
	}
	for i, name := range names {
		pos, ok := at[name]
		if !ok || name == "" {
			pos = -1
		}
		out.fields[i] = pos
	}
	return &out
}

// SnakeCase writes a name as Hive and Athena like it: small letters and
// digits, and one underscore for anything between them and before a capital
// that begins a word. "Cost Total $" becomes cost_total, "truckId" truck_id.
func SnakeCase(name string) string {
	var out strings.Builder
	runes := []rune(name)
	gap := false // something stood between this and the last letter
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = true
			continue
		}
		if (gap || beginsWord(runes, i)) && out.Len() > 0 {
			out.WriteByte('_')
		}
		gap = false
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// beginsWord says whether runes[i] is a capital after a small letter, or the
// last of several capitals before one.
func beginsWord(runes []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(runes[i]) {
		return false
	}
	if unicode.IsLower(runes[i-1]) {
		return true
	}
	return unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
