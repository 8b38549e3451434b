package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hydrant/integration/harness"
)

// objects returns copies of every object of a sink below prefix.
func objects(t *testing.T, s3 *harness.S3, from sink, prefix string) []string {
	t.Helper()
	if dir, ok := strings.CutPrefix(from.bucket, "file://"); ok {
		return filesBelow(t, filepath.Join(dir, prefix))
	}
	files, err := s3.Download(t.Context(), from.bucket, prefix, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// filesBelow returns the files below dir, of which there are none when it is
// missing. Names that begin with a dot are a writer's own until it is done.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// lines returns every line of files, unpacked when their name says gzip.
func lines(t *testing.T, files []string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			b = gunzip(t, name, b)
		}
		for line := range bytes.Lines(b) {
			all = append(all, bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	return all
}

func gunzip(t *testing.T, name string, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	b, err = io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// An archived record is one line of the error archive. Firehose names the
// reason lastErrorCode after conversion and errorCode elsewhere.
type archived struct {
	RawData          []byte
	AttemptsMade     int
	ArrivalTimestamp int64
	LastErrorCode    string
	LastErrorMessage string
	ErrorCode        string
	ErrorMessage     string
}

func (a archived) code() string    { return a.LastErrorCode + a.ErrorCode }
func (a archived) message() string { return a.LastErrorMessage + a.ErrorMessage }

// archive reads a stream's error archive.
func archive(t *testing.T, s3 *harness.S3, from sink, stream string) []archived {
	t.Helper()
	var entries []archived
	for _, line := range lines(t, objects(t, s3, from, "errors/"+stream+"/")) {
		var a archived
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("archive of %s: %v: %s", stream, err, line)
		}
		if a.code() == "" || a.message() == "" || a.AttemptsMade < 1 || a.ArrivalTimestamp == 0 {
			t.Errorf("archive of %s: an entry without code, message, attempts or arrival: %s", stream, line)
		}
		entries = append(entries, a)
	}
	return entries
}

// A comparison is what compare.py prints.
type comparison struct {
	Wanted  int               `json:"wanted"`
	Columns map[string]string `json:"columns"`
	Order   []string          `json:"order"`
	Codecs  []string          `json:"codecs"`
	PyArrow difference        `json:"pyarrow"`
	DuckDB  difference        `json:"duckdb"`
}

type difference struct {
	Rows           int     `json:"rows"`
	Missing        int     `json:"missing"`
	Extra          int     `json:"extra"`
	ExampleMissing [][]any `json:"example_missing"`
	ExampleExtra   [][]any `json:"example_extra"`
}

// compareRows has pyarrow and DuckDB read Parquet files and compares every row
// with the expected ones.
func compareRows(t *testing.T, expected string, files []string) comparison {
	t.Helper()
	need(t, harness.Python)
	if len(files) == 0 {
		t.Fatal("no objects to compare")
	}
	var c comparison
	if err := harness.Script(t.Context(), &c, "compare.py", append([]string{expected}, files...)...); err != nil {
		t.Fatal(err)
	}
	for reader, d := range map[string]difference{"pyarrow": c.PyArrow, "DuckDB": c.DuckDB} {
		if d.Rows != c.Wanted || d.Missing != 0 || d.Extra != 0 {
			t.Errorf("%s reads %d rows, want %d; %d missing such as %v; %d too many such as %v",
				reader, d.Rows, c.Wanted, d.Missing, d.ExampleMissing, d.Extra, d.ExampleExtra)
		}
	}
	return c
}

// repoFile returns the path of a file of the repository.
func repoFile(t *testing.T, name string) string {
	t.Helper()
	root, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, filepath.FromSlash(name))
}

// readLines returns a file's lines, each with its line end.
func readLines(t *testing.T, file string) [][]byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all [][]byte
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			all = append(all, line)
		}
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// writeFile writes text to a new file of the test.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func expectLines(records [][]byte) string {
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "%s\n", bytes.TrimSpace(r))
	}
	return b.String()
}
