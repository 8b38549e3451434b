package configs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestPrintedForm(t *testing.T) {
	inputs, err := filepath.Glob(filepath.Join("testdata", "printed", "*.hcl"))
	if err != nil || len(inputs) < 3 {
		t.Fatalf("%d inputs, %v", len(inputs), err)
	}
	for _, input := range inputs {
		_, diags := Load([]string{filepath.ToSlash(input)}, LoadOptions{Env: testEnv})
		var got bytes.Buffer
		if err := diags.Write(&got, false, 90); err != nil {
			t.Fatal(err)
		}
		got.WriteString("\n")
		text, err := json.MarshalIndent(diags, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got.Write(text)
		if strings.Contains(got.String(), "correct") {
			t.Errorf("%s: a secret was printed:\n%s", input, got.String())
		}
		golden := strings.TrimSuffix(input, ".hcl") + ".golden"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got\n%s\nwant\n%s", input, got.String(), want)
		}
	}
}

func TestColorChangesNothingButColor(t *testing.T) {
	_, diags := Load([]string{filepath.Join("testdata", "printed", "many.hcl")}, LoadOptions{Env: testEnv})
	var plain, colored strings.Builder
	if err := diags.Write(&plain, false, 60); err != nil {
		t.Fatal(err)
	}
	if err := diags.Write(&colored, true, 60); err != nil {
		t.Fatal(err)
	}
	bare := colored.String()
	for _, style := range []string{plainStyle, boldStyle, errorStyle, warningStyle} {
		bare = strings.ReplaceAll(bare, style, "")
	}
	if bare != plain.String() || colored.Len() == plain.Len() {
		t.Errorf("without color:\n%s\nwith, styles taken out:\n%s", plain.String(), bare)
	}
	for line := range strings.SplitSeq(plain.String(), "\n") {
		if strings.HasPrefix(line, "  ") && !strings.Contains(line, " | ") && utf8.RuneCountInString(line) > 60 {
			t.Errorf("wider than 60: %q", line)
		}
	}
}

func TestErrorIsOneLine(t *testing.T) {
	_, diags := loadText(t, minimal+"\nserver {\n  region = \"5!\"\n  account = \"x\"\n}\n", LoadOptions{})
	got := diags.Error()
	got = got[strings.Index(got, "test.hcl"):]
	want := `test.hcl:12:12: Invalid server region: "5!" does not fit. A region is made of small letters, digits and -, such as "us-east-1". (and 1 more)`
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if (Diagnostics{}).Err() != nil || diags.Err() == nil {
		t.Errorf("Err: got %v without errors and %v with some", (Diagnostics{}).Err(), diags.Err())
	}
}
