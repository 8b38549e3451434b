package transform

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A csvRun is the state of one call of Transform; its memory is used again.
type csvRun struct {
	t   *CSVToJSON
	out Output

	in      int // index of the record
	data    []byte
	clean   bool // data is UTF-8 without NUL
	counted int  // data up to here has lines line ends
	lines   int

	row    csvRow
	json   []byte
	fields [][]byte

	header  []byte // the last header, and what it means
	headers *csvColumns
}

var byteOrderMark = []byte("\ufeff")

func (r *csvRun) record(in int, data []byte) error {
	r.in, r.data, r.counted, r.lines = in, data, 0, 0
	r.clean = utf8.Valid(data) && bytes.IndexByte(data, 0) < 0
	pos := 0
	if bytes.HasPrefix(data, byteOrderMark) {
		pos = len(byteOrderMark)
	}
	pos = skipBlank(data, pos)
	columns := r.t.columns
	if r.t.o.Header && pos < len(data) {
		next, named, problem := r.readHeader(pos)
		if problem != "" {
			return r.fail(CSVBadHeader, problem, 0, pos, len(data))
		}
		if columns == nil {
			columns = named
		}
		pos = skipBlank(data, next)
	}
	if pos == len(data) {
		return r.out.Drop(in, data, "csv_to_json: the record has no rows")
	}
	return r.rows(columns, pos)
}

// rows hands out the rows from pos on. The first one's source begins with the
// record.
func (r *csvRun) rows(columns *csvColumns, pos int) error {
	start := 0
	for pos < len(r.data) {
		r.t.scan.row(r.data, pos, len(columns.names), &r.row)
		end := skipBlank(r.data, r.row.end)
		if err := r.emit(columns, start, pos, end); err != nil {
			return err
		}
		start, pos = end, end
	}
	return nil
}

// emit hands out the scanned row, whose source is data[start:end] and whose
// text begins at pos.
func (r *csvRun) emit(columns *csvColumns, start, pos, end int) error {
	if code, problem := r.judge(columns, pos); problem != "" {
		return r.fail(code, problem, start, pos, end)
	}
	row := Row{Source: r.data[start:end:end]}
	if columns.fields != nil {
		r.fields = r.appendFields(r.fields[:0], columns)
		row.Fields = r.fields
	} else {
		r.json = r.appendJSON(r.json[:0], columns)
		row.Data = r.json
	}
	return r.out.Row(r.in, row)
}

// judge says what is wrong with the scanned row, if anything.
func (r *csvRun) judge(columns *csvColumns, pos int) (code, problem string) {
	switch {
	case r.row.problem != "":
		return CSVMalformedRow, r.row.problem
	case r.row.count != len(columns.names):
		return CSVWrongFieldCount, fmt.Sprintf("there are %d fields, want %d", r.row.count, len(columns.names))
	case r.clean:
		return "", ""
	}
	return CSVInvalidText, textProblem(r.data[pos:r.row.end])
}

func textProblem(text []byte) string {
	if bytes.IndexByte(text, 0) >= 0 {
		return "there is a NUL"
	}
	if !utf8.Valid(text) {
		return "the text is not valid UTF-8"
	}
	return ""
}

func (r *csvRun) appendJSON(out []byte, columns *csvColumns) []byte {
	emptyNull := r.t.o.EmptyNull
	for i := range r.row.cells {
		key := columns.keys[i]
		if key == nil {
			continue
		}
		cell := &r.row.cells[i]
		out = append(out, key...)
		switch {
		case len(cell.text) == 0 && !cell.quoted && emptyNull:
			out = append(out, "null"...)
		case cell.escapes:
			out = appendJSONString(out, cell.text)
		default:
			out = append(append(append(out, '"'), cell.text...), '"')
		}
	}
	return append(out, '}')
}

func (r *csvRun) appendFields(out [][]byte, columns *csvColumns) [][]byte {
	for _, at := range columns.fields {
		var text []byte
		if at >= 0 {
			cell := &r.row.cells[at]
			if text = cell.text; len(text) == 0 && !cell.quoted && r.t.o.EmptyNull {
				text = nil
			}
		}
		out = append(out, text)
	}
	return out
}

// readHeader returns where the row after the header begins, and the columns
// that it names.
func (r *csvRun) readHeader(pos int) (next int, columns *csvColumns, problem string) {
	if n := len(r.header); n > 0 && len(r.data)-pos >= n && bytes.Equal(r.data[pos:pos+n], r.header) {
		return pos + n, r.headers, ""
	}
	r.t.scan.row(r.data, pos, maxCSVColumns+1, &r.row)
	next = r.row.end
	if r.row.problem != "" {
		return 0, nil, r.row.problem
	}
	if problem = textProblem(r.data[pos:next]); problem != "" || r.t.columns != nil {
		return next, nil, problem
	}
	names := make([]string, len(r.row.cells))
	for i, cell := range r.row.cells {
		names[i] = string(bytes.TrimSpace(cell.text))
	}
	columns, err := r.t.o.columns(names)
	if err != nil {
		return 0, nil, err.Error()
	}
	if r.t.want != nil {
		columns = columns.selectFields(r.t.want)
	}
	if text := r.data[pos:next]; endsLine(text) {
		r.header, r.headers = bytes.Clone(text), columns
	}
	return next, columns, ""
}

// endsLine says whether text ends where a line does for certain: a lone CR
// may have an LF after it another time.
func endsLine(text []byte) bool { return len(text) > 0 && text[len(text)-1] == '\n' }

// fail hands out data[start:end] as a failure of the row that begins at pos.
func (r *csvRun) fail(code, problem string, start, pos, end int) error {
	r.lines += countLines(r.data[r.counted:pos])
	r.counted = pos
	line := r.lines + 1
	text := r.data[pos:lineEnd(r.data, pos)]
	return r.out.Fail(r.in, Failure{
		Transform: "csv_to_json",
		Code:      code,
		Message:   fmt.Sprintf("line %d: %s: %.100q", line, problem, bytes.TrimRight(text, "\r\n")),
		Line:      line,
		Source:    r.data[start:end:end],
	})
}
