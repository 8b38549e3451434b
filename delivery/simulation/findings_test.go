package simulation

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"

	pq "github.com/parquet-go/parquet-go"

	"hydrant/configs"
	"hydrant/errorsink"
)

// findings are what lies in the store, noted when it comes there.
type findings struct {
	places  map[int][]place // of each value
	rows    []int64         // in objects, by stream
	entries []int64         // in the archive, by stream, without damage
	lost    []int64         // records that entries about damage announce, by stream
	wrong   []string        // what nobody sent, or lies in the wrong place
}

// A place is where a value was found.
type place struct {
	object string
	row    int
}

func newFindings(streams int) findings {
	return findings{
		places: make(map[int][]place), rows: make([]int64, streams),
		entries: make([]int64, streams), lost: make([]int64, streams),
	}
}

func (f *findings) complain(format string, args ...any) {
	if len(f.wrong) < 10 {
		f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
	}
}

// found takes note of a new object. The caller holds mu.
func (w *world) found(name string, body []byte) {
	bucket, key, _ := strings.Cut(name, "/")
	stream, err := strconv.Atoi(strings.TrimPrefix(strings.Split(key, "/")[0], "s"))
	if err != nil || stream >= w.p.streams {
		w.seen.complain("object %s is of no stream", name)
		return
	}
	if bucket == "errors" {
		w.count("objects in the error sink")
		err = w.foundEntries(name, stream, body)
	} else {
		w.count("objects delivered")
		err = w.foundRows(name, stream, body)
	}
	if err != nil {
		w.seen.complain("object %s can't be read: %v", name, err)
	}
}

func (w *world) foundRows(name string, stream int, body []byte) error {
	rows, err := rowsOf(body)
	if err != nil {
		return err
	}
	for i, row := range rows {
		w.seen.rows[stream]++
		w.foundText(name, i, row)
	}
	return nil
}

func rowsOf(body []byte) ([][]byte, error) {
	if bytes.HasPrefix(body, []byte("PAR1")) {
		return parquetRows(body)
	}
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		if body, err = io.ReadAll(z); err != nil {
			return nil, err
		}
	}
	var rows [][]byte
	for line := range bytes.Lines(body) {
		row, whole := bytes.CutSuffix(line, []byte("\n"))
		if !whole {
			return nil, fmt.Errorf("last line %.40q is torn", line)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// parquetRows reads the rows of a file back as the JSON that they were.
func parquetRows(body []byte) (rows [][]byte, err error) {
	file, err := pq.OpenFile(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, err
	}
	names := file.Schema().Columns()
	for _, g := range file.RowGroups() {
		r := g.Rows()
		defer r.Close()
		buf := make([]pq.Row, 32)
		for {
			n, err := r.ReadRows(buf)
			for _, row := range buf[:n] {
				cells := make(map[string]pq.Value)
				for _, v := range row {
					cells[names[v.Column()][0]] = v
				}
				rows = append(rows, jsonOf(cells))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

func jsonOf(cells map[string]pq.Value) []byte {
	b := fmt.Appendf(nil, `{"n":%d,`, cells["n"].Int64())
	if k := cells["k"]; !k.IsNull() {
		b = fmt.Appendf(b, `"k":%q,`, k.ByteArray())
	}
	return fmt.Appendf(b, `"pad":%q}`, cells["pad"].ByteArray())
}

var announced = regexp.MustCompile(`: (\d+) records are lost`)

func (w *world) foundEntries(name string, stream int, body []byte) error {
	r := errorsink.NewReader(bytes.NewReader(body))
	for i := 0; ; i++ {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m := announced.FindStringSubmatch(e.Message); e.Type == errorsink.BufferDamaged && m != nil {
			n, _ := strconv.ParseInt(m[1], 10, 64)
			w.seen.lost[stream] += n
			continue
		}
		w.seen.entries[stream]++
		w.foundText(name, i, e.Raw)
	}
}

// foundText notes the values in a row or entry, which must be what was sent.
func (w *world) foundText(name string, row int, text []byte) {
	all := numbersIn(text)
	var want strings.Builder
	for _, n := range all {
		if v := w.value(n); v != nil {
			want.WriteString(v.text)
		}
		w.seen.places[n] = append(w.seen.places[n], place{name, row})
	}
	if got := string(text); got != want.String() {
		w.seen.complain("%s, row %d: %.80q is not what was sent: %.80q", name, row, got, want.String())
	}
	if _, rest, ok := strings.Cut(name, "/k="); ok && len(all) > 0 {
		key, _, _ := strings.Cut(rest, "/")
		v := w.value(all[0])
		if v != nil && w.wasRaw(name) && strings.EqualFold(v.lead, key) {
			return // its record was one row when it was split, by a configuration that was in force before
		}
		if v != nil && !strings.EqualFold(v.key, key) {
			w.seen.complain("%s holds a record of partition %q", name, v.key)
		}
	}
}

// wasRaw says whether one of the configurations of the stream of an object was
// raw: then a record is one row.
func (w *world) wasRaw(object string) bool {
	for i := range w.p.streams {
		if !strings.Contains(object, fmt.Sprintf("/s%d/", i)) {
			continue
		}
		all := []configs.Stream{w.p.config(i, 0)}
		for _, o := range w.p.ops {
			if o.kind == "change" && o.stream == i {
				all = append(all, w.p.config(i, o.seed))
			}
		}
		return slices.ContainsFunc(all, func(s configs.Stream) bool { return s.Format.Kind == "raw" })
	}
	return false
}

// value is the value with number n; nil: nobody sent it. The caller holds mu.
func (w *world) value(n int) *value { return w.values[n] }

// moment checks what must hold at every moment.
func (w *world) moment() error {
	if w.hub == nil {
		return nil
	}
	synctest.Wait()
	ledgers := w.ledgers()
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for name, a := range ledgers {
		if a.In+a.Split != a.Delivered+a.Archived+a.Dropped+a.Pending {
			errs = append(errs, fmt.Errorf("%s don't balance: %+v", name, a))
		}
	}
	for i := range w.p.streams {
		a, ok := ledgers[fmt.Sprintf("s%d records", i)]
		if !ok {
			continue
		}
		var acked int64
		for _, f := range w.frames {
			if f.stream == i && f.acked {
				acked += int64(len(f.records))
			}
		}
		if a.In < acked {
			errs = append(errs, fmt.Errorf("s%d: the ledger has %d records in, %d were acknowledged", i, a.In, acked))
		}
		if there := w.seen.rows[i]; a.Delivered > there {
			errs = append(errs, fmt.Errorf("s%d: the ledger has %d records delivered, the store has %d", i, a.Delivered, there))
		}
		if there := w.seen.entries[i] + w.seen.lost[i]; a.Archived > there {
			errs = append(errs, fmt.Errorf("s%d: the ledger has %d records archived, the store has %d", i, a.Archived, there))
		}
	}
	for _, what := range append(w.store.wrong, w.seen.wrong...) {
		errs = append(errs, errors.New(what))
	}
	return errors.Join(errs...)
}

// leftovers says what lies on the disk when nothing is pending.
func (w *world) leftovers() error {
	var errs []error
	for _, name := range w.fs.Names() {
		base := path.Base(name)
		if base != "ledger" && base != "stream.json" && base != "lock" && base != "consumed" && path.Base(path.Dir(name)) != "quarantine" {
			errs = append(errs, fmt.Errorf("left on the disk: %s", name))
		}
	}
	return errors.Join(errs...)
}
