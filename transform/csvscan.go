package transform

import "bytes"

// A csvScanner cuts rows and cells out of CSV as RFC 4180 has it. A line ends
// with LF, CR LF or CR. A cell that begins with the quote ends with the quote,
// may hold line ends and delimiters, and holds a quote as two quotes. Lines
// with nothing in them are not rows.
//
// A row with a quote elsewhere, or whose quoted cell has no end or goes on
// after it, is malformed. Then the row is taken to be its first line, and the
// next row begins after it: a stray quote costs one line, however many follow.
// What is left of a broken cell of several lines is judged as rows of its own,
// which are malformed in turn or don't have the right number of fields.
//
// A csvScanner isn't changed after newCSVScanner.
type csvScanner struct {
	delimiter, quote byte
	class            [256]uint8
}

// Classes of bytes; a byte with none is part of any cell as it is.
const (
	stops   = 1 << iota // ends an unquoted cell
	escapes             // is escaped in JSON
)

// A csvCell is one cell of a row. text lies in the record or in the row's
// scratch memory.
type csvCell struct {
	text    []byte
	quoted  bool
	escapes bool // holds bytes that JSON escapes
}

// A csvRow is a scanned row. Its memory is used again for the next one.
type csvRow struct {
	cells   []csvCell // at most the limit that row was called with
	count   int       // of all cells
	end     int       // where the next row begins
	problem string    // what makes it malformed; "" for a good row
	scratch []byte    // cells that held doubled quotes
}

func newCSVScanner(delimiter, quote byte) *csvScanner {
	s := &csvScanner{delimiter: delimiter, quote: quote}
	for c := range 0x20 {
		s.class[c] = escapes
	}
	s.class['"'], s.class['\\'] = escapes, escapes
	for _, c := range []byte{delimiter, quote, '\r', '\n'} {
		s.class[c] |= stops
	}
	return s
}

// row scans the row that begins at pos into r, which keeps no more than limit
// cells.
func (s *csvScanner) row(data []byte, pos, limit int, r *csvRow) {
	r.cells, r.scratch = r.cells[:0], r.scratch[:0]
	r.count, r.problem = 0, ""
	next, more := pos, true
	for more && r.problem == "" {
		if next < len(data) && data[next] == s.quote {
			next, more = s.quotedCell(data, next, limit, r)
		} else {
			next, more = s.plainCell(data, next, limit, r)
		}
	}
	r.end = next
	if r.problem != "" {
		r.end = lineEnd(data, pos)
	}
}

func (s *csvScanner) plainCell(data []byte, pos, limit int, r *csvRow) (next int, more bool) {
	var seen uint8
	i := pos
	for ; i < len(data); i++ {
		c := s.class[data[i]]
		if c&stops != 0 {
			break
		}
		seen |= c
	}
	r.add(csvCell{text: data[pos:i], escapes: seen != 0}, limit)
	if i < len(data) && data[i] == s.quote {
		r.problem = "there is a quote in a cell that doesn't begin with one"
		return i, false
	}
	return s.afterCell(data, i)
}

func (s *csvScanner) quotedCell(data []byte, pos, limit int, r *csvRow) (next int, more bool) {
	pos++
	copied := -1 // where the cell's copy begins in scratch
	for {
		n := bytes.IndexByte(data[pos:], s.quote)
		if n < 0 {
			r.problem = "the quoted cell has no end"
			return pos, false
		}
		part := data[pos : pos+n]
		pos += n + 1
		if pos == len(data) || data[pos] != s.quote {
			if copied >= 0 {
				r.scratch = append(r.scratch, part...)
				part = r.scratch[copied:len(r.scratch):len(r.scratch)]
			}
			r.add(csvCell{text: part, quoted: true, escapes: true}, limit)
			break
		}
		if copied < 0 {
			copied = len(r.scratch)
		}
		r.scratch = append(append(r.scratch, part...), s.quote)
		pos++
	}
	if pos < len(data) && s.class[data[pos]]&stops == 0 {
		r.problem = "there is text after a quoted cell"
		return pos, false
	}
	return s.afterCell(data, pos)
}

// afterCell steps over what ends a cell, and says whether another follows in
// the row.
func (s *csvScanner) afterCell(data []byte, i int) (next int, more bool) {
	if i == len(data) {
		return i, false
	}
	if data[i] == s.delimiter {
		return i + 1, true
	}
	return lineEnd(data, i), false
}

func (r *csvRow) add(c csvCell, limit int) {
	r.count++
	if len(r.cells) < limit {
		r.cells = append(r.cells, c)
	}
}

// lineEnd returns where the line after the one at pos begins.
func lineEnd(data []byte, pos int) int {
	for i := pos; i < len(data); i++ {
		switch data[i] {
		case '\n':
			return i + 1
		case '\r':
			if i+1 < len(data) && data[i+1] == '\n' {
				return i + 2
			}
			return i + 1
		}
	}
	return len(data)
}

// skipBlank steps over lines with nothing in them.
func skipBlank(data []byte, pos int) int {
	for pos < len(data) && (data[pos] == '\n' || data[pos] == '\r') {
		pos++
	}
	return pos
}

// countLines returns how many lines end in data.
func countLines(data []byte) int {
	n := 0
	for pos := 0; pos < len(data); n++ {
		pos = lineEnd(data, pos)
	}
	return n
}
