// Package readers compares the files that Hydrant writes with what readers
// that others wrote find in them.
package readers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"hydrant/integration/harness"
)

// need skips the test by name unless the part was fetched.
func need(t *testing.T, part harness.Part) {
	t.Helper()
	_, err := part.Path()
	if missing := (*harness.MissingError)(nil); errors.As(err, &missing) {
		t.Skipf("skipped part: %s: %s", part.Name, missing.Reason)
	} else if err != nil {
		t.Fatal(err)
	}
}

// fixtures writes ORC files and the rows that they have to hold.
func fixtures(t *testing.T) (dir string, files []string) {
	t.Helper()
	root, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	cmd := exec.Command("go", "run", "./formats/orc/orctest/fixtures", dir)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files, err = filepath.Glob(filepath.Join(dir, "*.orc"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, error %v; want at least 30", len(files), err)
	}
	return dir, files
}

// rows decodes lines of JSON; other lines, such as orc-tools draw between
// files, are left out.
func rows(t *testing.T, text []byte) []any {
	t.Helper()
	var out []any
	for lines := bufio.NewReader(bytes.NewReader(text)); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && line[0] == '{' {
			dec := json.NewDecoder(bytes.NewReader(line))
			dec.UseNumber()
			var v any
			if err := dec.Decode(&v); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			out = append(out, plain(v))
		}
		if err != nil {
			return out
		}
	}
}

// plain makes values of readers comparable: floats without a fraction become
// what an integer is, and blanks at the end of char(n), which some cut, are cut.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			f, err := v.Float64()
			if err != nil {
				return v.String()
			}
			if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
				return strconv.FormatInt(int64(f), 10)
			}
			return f
		}
		return v.String()
	case string:
		return strings.TrimRight(v, " ")
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

func compare(t *testing.T, reader, file string, got, want []any) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %s reads %d rows, want %d", filepath.Base(file), reader, len(got), len(want))
		return
	}
	for i := range want {
		g, w := got[i].(map[string]any), want[i].(map[string]any)
		for name := range w {
			if !reflect.DeepEqual(g[name], w[name]) {
				t.Errorf("%s: row %d, column %s: %s reads %v, want %v", filepath.Base(file), i, name, reader, g[name], w[name])
				return
			}
		}
	}
}

func wantRows(t *testing.T, file string) []any {
	t.Helper()
	return rows(t, readFile(t, strings.TrimSuffix(file, ".orc")+".ndjson"))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPyarrowReadsEveryORCFileRowByRow(t *testing.T) {
	need(t, harness.Python)
	dir, files := fixtures(t)
	var done struct{ Files int }
	if err := harness.Script(t.Context(), &done, "orc_rows.py", dir); err != nil {
		t.Fatal(err)
	}
	if done.Files != len(files) {
		t.Errorf("pyarrow read %d files, want %d", done.Files, len(files))
	}
	for _, file := range files {
		got := rows(t, readFile(t, strings.TrimSuffix(file, ".orc")+".pyarrow"))
		compare(t, "pyarrow", file, got, wantRows(t, file))
	}
}

func TestApachesToolsReadEveryORCFileRowByRow(t *testing.T) {
	need(t, harness.OrcTools)
	_, files := fixtures(t)
	out, err := harness.RunOrcTools(t.Context(), append([]string{"data"}, files...)...)
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, out)
	for _, file := range files { // in the order that they were named in
		want := wantRows(t, file)
		n := min(len(want), len(got))
		compare(t, "orc-tools", file, got[:n], want)
		got = got[n:]
	}
	if len(got) > 0 {
		t.Errorf("orc-tools read %d rows too many", len(got))
	}
}

func TestApachesToolsAcceptIndexesAndStatistics(t *testing.T) {
	need(t, harness.OrcTools)
	_, files := fixtures(t)
	out, err := harness.RunOrcTools(t.Context(), append([]string{"meta", "--rowindex=0,1,2,3,4,5,6,7"}, files...)...)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out, []byte("File Statistics:")); n != len(files) {
		t.Errorf("orc-tools show the statistics of %d files, want %d", n, len(files))
	}
	for _, bad := range []string{"Exception", "Unable to", "Corrupt"} {
		if bytes.Contains(out, []byte(bad)) {
			t.Errorf("orc-tools say %q", bad)
		}
	}
}

// Each column of skip.orc has every value in one row group of 1,000 rows, as
// minimum and maximum tell (of c2, only the bloom filter does).
func TestApachesReaderSkipsByStatisticsAndBloomFilters(t *testing.T) {
	need(t, harness.OrcTools)
	dir, _ := fixtures(t)
	file := filepath.Join(dir, "skip.orc")
	for _, c := range []struct {
		check, column, value string
		least, most          int // row groups that are read
	}{
		{"predicate", "c0", "5", 1, 1}, {"predicate", "c0", "40000", 0, 0},
		{"predicate", "c1", "12345", 1, 1}, {"predicate", "c2", "key 00000017", 1, 4}, {"predicate", "c2", "no such key", 0, 4},
		{"predicate", "c3", "100.5", 1, 1}, {"predicate", "c4", "1234.5", 1, 1},
		{"bloom-filter", "c1", "12345", 1, 4}, {"bloom-filter", "c2", "key 00000017", 1, 4}, {"bloom-filter", "c2", "no such key", 0, 4},
		{"bloom-filter", "c3", "100.5", 1, 4}, {"bloom-filter", "c4", "1234.5", 1, 4},
	} {
		out, err := harness.RunOrcTools(t.Context(), "check", file, "--type", c.check, "--column", c.column, "--values", c.value)
		if err != nil {
			t.Error(err)
			continue
		}
		hits, misses, err := groups(out)
		if err != nil || hits < c.least || hits > c.most || hits+misses != 20 {
			t.Errorf("%s %s = %s: %d row groups may have it and %d not, error %v; want %d to %d of 20:\n%.600s",
				c.check, c.column, c.value, hits, misses, err, c.least, c.most, out)
		}
	}
}

// groups counts the row groups that may have a value, and those that have not,
// by what the tool says of each.
func groups(out []byte) (hits, misses int, err error) {
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "stripe:") {
			continue
		}
		switch said := strings.TrimSpace(line[strings.LastIndexByte(line, ':')+1:]); said {
		case "YES_NO", "YES", "maybe exist":
			hits++
		case "NO", "not exist":
			misses++
		default:
			return hits, misses, fmt.Errorf("orc-tools say %q", said)
		}
	}
	return hits, misses, nil
}
