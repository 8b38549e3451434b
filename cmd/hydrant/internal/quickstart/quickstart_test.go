package quickstart

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const file = "Name,Species,A,Date,E,F,G,H,Kind,J,K,L,Total,Speed\r\n" +
	"a,b,c,1990-01-01,e,f,g,h,i,j,1,2,3,4\r\n" +
	"a2,b,c,1990-01-02,e,f,g,h,i,j,1,2,3,4"

func TestSpoiltRowsAreAddedAndTheOthersKept(t *testing.T) {
	columns, rows, err := readRows([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(columns) != 14 || len(rows) != 2 || bytes.ContainsAny(rows[0], "\r\n") {
		t.Fatalf("got %d columns and rows %q, want 14 and two lines without their ends", len(columns), rows)
	}
	all, err := withSpoilt(rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(rows)+len(spoilers) {
		t.Errorf("got %d rows, want %d", len(all), len(rows)+len(spoilers))
	}
	for _, row := range rows {
		if !slices.ContainsFunc(all, func(r []byte) bool { return bytes.Equal(r, row) }) {
			t.Errorf("row %q is gone", row)
		}
	}
}

func TestTheTreeShowsFoldersOnceAndCountsTheRest(t *testing.T) {
	got := tree([]object{{"a/x=1/one", 10}, {"a/x=1/two", 20}, {"a/x=2/one", 1024}, {"b/x=1/one", 1}, {"b/x=1/two", 2}}, 4)
	want := []string{"a/", "  x=1/", "    one  10 B", "    two  20 B", "  x=2/", "    one  1 KiB", "b/", "  x=1/", "    one  1 B",
		"… and 1 more object, 2 B"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAConfigurationIsWrittenOnceAndNeverOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	for i, want := range []string{configWritten, configReused, configChanged, configChanged} {
		path, state, err := writeConfig(dir, "shown", []string{"a", "b"})
		if err != nil || state != want {
			t.Fatalf("call %d: got %q, %v, want %q", i, state, err, want)
		}
		if i == 1 {
			if err := os.WriteFile(path, []byte("# mine\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, configName)); err != nil || string(b) != "# mine\n" {
		t.Errorf("got %q, %v, want the user's text", b, err)
	}
}

func TestShellsReadQuotedWordsBack(t *testing.T) {
	for in, want := range map[string]string{
		"hydrant.hcl": "hydrant.hcl", "": "''", "a b": "'a b'", "O'HARE": `'O'\''HARE'`, "$x": "'$x'",
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestReasonsDoNotRepeatTheRow(t *testing.T) {
	raw := `"LIHUE ARPT,DC-9`
	a := archived{Message: fmt.Sprintf("line 1: the quoted cell has no end: %q", raw), Raw: raw}
	if got, want := a.reason(), "line 1: the quoted cell has no end"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	a = archived{Message: "not a number", Column: "cost", Raw: raw}
	if got, want := a.reason(), "column cost: not a number"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
