package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// markers are what fixtures say about themselves: on the line that earns it,
// on the line before (NEXT), or about no line (ANYWHERE).
var markers = regexp.MustCompile(`# (NEXT )?(ERROR|WARNING)( ANYWHERE)?: ([^#\n]+)`)

// TestEveryMistakeIsToldWhereItIs runs each fixture: all marked lines must earn
// their diagnostic, and nothing else may be told.
func TestEveryMistakeIsToldWhereItIs(t *testing.T) {
	dir := fixtures(t)
	entries, err := os.ReadDir(filepath.Join("testdata", "invalid"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 60 {
		t.Fatalf("%d fixtures, want at least 60", len(entries))
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			path := filepath.Join(dir, e.Name())
			want := wanted(t, path)
			if len(want) == 0 {
				t.Fatal("the fixture has no marker")
			}
			cfg, diags := Load([]string{path}, LoadOptions{Env: testEnv})
			got := told(diags)
			if !slices.Equal(got, want) {
				t.Errorf("got\n\t%s\nwant\n\t%s\nprinted:\n%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"), printed(t, diags))
			}
			if (cfg == nil) != diags.HasErrors() {
				t.Errorf("config is nil: %t, errors: %t", cfg == nil, diags.HasErrors())
			}
			if strings.Contains(printed(t, diags), "correct") {
				t.Errorf("a secret was printed:\n%s", printed(t, diags))
			}
		})
	}
}

// fixtures copies testdata/invalid beside certificates that are made now, so
// that no private key lies in the repository.
func fixtures(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "invalid"))); err != nil {
		t.Fatal(err)
	}
	writeCertificates(t, dir)
	return dir
}

func testEnv(name string) (string, bool) {
	v, ok := map[string]string{"SECRET": "correct horse of the environment", "EMPTY": ""}[name]
	return v, ok
}

func wanted(t *testing.T, path string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(path, "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		files = []string{path}
	}
	var want []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, m := range markers.FindAllStringSubmatch(line, -1) {
				at := fmt.Sprintf("%s:%d", filepath.Base(file), i+1)
				if m[1] != "" {
					at = fmt.Sprintf("%s:%d", filepath.Base(file), i+2)
				}
				if m[3] != "" {
					at = "anywhere"
				}
				want = append(want, fmt.Sprintf("%s %s: %s", at, strings.ToLower(m[2]), strings.TrimSpace(m[4])))
			}
		}
	}
	slices.Sort(want)
	return want
}

func told(diags Diagnostics) []string {
	var got []string
	for _, e := range diags.Entries() {
		at := "anywhere"
		if e.File != "" {
			at = fmt.Sprintf("%s:%d", filepath.Base(e.File), e.Line)
		}
		got = append(got, fmt.Sprintf("%s %s: %s", at, e.Severity, e.Summary))
	}
	slices.Sort(got)
	return got
}

func printed(t *testing.T, diags Diagnostics) string {
	t.Helper()
	var out strings.Builder
	if err := diags.Write(&out, false, 100); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
