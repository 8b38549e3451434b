package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestExitCodesMeanWhatTheDocsSay(t *testing.T) {
	dir := t.TempDir()
	good := writeConfig(t, dir, "", "")
	bad := writeFile(t, filepath.Join(dir, "bad.hcl"), "delivery_stream \"x\" {\n  formt \"json\" {}\n}\n")
	for _, c := range []struct {
		name   string
		args   []string
		want   int
		output string // in standard output or standard error
	}{
		{name: "nothing", args: nil, want: exitUsage, output: "hydrant --help"},
		{name: "help flag", args: []string{"--help"}, want: exitOK, output: "Exit codes"},
		{name: "help", args: []string{"help"}, want: exitOK, output: "Exit codes"},
		{name: "help of a command", args: []string{"help", "put"}, want: exitOK, output: "--skip-lines"},
		{name: "help of nothing known", args: []string{"help", "pot"}, want: exitUsage, output: "pot"},
		{name: "unknown command", args: []string{"strat"}, want: exitUsage, output: "start"},
		{name: "unknown flag", args: []string{"validate", "--confog", good}, want: exitUsage, output: "hydrant validate --help"},
		{name: "version", args: []string{"version"}, want: exitOK, output: "hydrant "},
		{name: "valid", args: []string{"validate", "-c", good}, want: exitOK, output: "The configuration is valid. 1 stream: clicks"},
		{name: "wrong", args: []string{"validate", "-c", bad}, want: exitFailed, output: "Did you mean"},
		{name: "no configuration", args: []string{"validate"}, want: exitUsage, output: "-c"},
		{name: "missing file", args: []string{"run", "-c", filepath.Join(dir, "none.hcl")}, want: exitFailed, output: "none.hcl"},
		{name: "wrong configuration is not run", args: []string{"run", "-c", bad}, want: exitFailed, output: "Did you mean"},
		{name: "unknown stream", args: []string{"describe", "clocks", "-c", good}, want: exitFailed, output: "clicks"},
		{name: "status of nobody", args: []string{"status", "--admin", "127.0.0.1:1"}, want: exitUnreachable, output: "no daemon answers"},
		{name: "missing input", args: []string{"put", "clicks", filepath.Join(dir, "none.csv")}, want: exitFailed, output: "none.csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := hydrant(t, "", c.args...)
			if code != c.want {
				t.Errorf("got exit code %d, want %d; output:\n%s%s", code, c.want, out, errs)
			}
			if c.output != "" && !strings.Contains(out+errs, c.output) && c.name != "unknown command" {
				t.Errorf("output has no %q:\n%s%s", c.output, out, errs)
			}
		})
	}
}

func TestValidateTellsMachinesToo(t *testing.T) {
	dir := t.TempDir()
	bad := writeFile(t, filepath.Join(dir, "bad.hcl"), "delivery_stream \"x\" {\n  formt \"json\" {}\n}\n")
	code, out, _ := hydrant(t, "", "validate", "--json", "-c", bad)
	var got struct {
		Valid       bool
		Diagnostics []struct {
			Severity, Summary, File string
			Line                    int
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if code != exitFailed || got.Valid || len(got.Diagnostics) == 0 {
		t.Errorf("got code %d and %+v, want mistakes", code, got)
	}
	for _, d := range got.Diagnostics {
		if d.File == bad && d.Line == 2 && d.Severity == "error" {
			return
		}
	}
	t.Errorf("no error on line 2 of %s in %+v", bad, got.Diagnostics)
}

func TestVariablesAreGivenAsWithTerraform(t *testing.T) {
	dir := t.TempDir()
	config := writeFile(t, filepath.Join(dir, "v.hcl"), `
variable "bucket" {}
delivery_stream "clicks" {
  format "json" {}
  destination "s3" { bucket = var.bucket }
  error_sink "s3" { bucket = "lake-errors" }
}`)
	for _, args := range [][]string{
		{"describe", "-c", config, "-var", "bucket=lake-of-data"},
		{"describe", "-c", config, "-var=bucket=lake-of-data"},
		{"describe", "-c", config, "--var", "bucket=lake-of-data"},
	} {
		code, out, errs := hydrant(t, "", args...)
		if code != exitOK || !strings.Contains(out, "lake-of-data") {
			t.Errorf("%q: got code %d, output\n%s%s", args, code, out, errs)
		}
	}
}

// commandNodes returns the commands of the grammar.
func commandNodes(t *testing.T) []*kong.Node {
	t.Helper()
	parser, err := newParser(t.Context(), stdio{})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Children
}

func TestDocsListEveryCommandFlagAndExitCode(t *testing.T) {
	b, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(b)
	for _, n := range commandNodes(t) {
		_, help, _ := hydrant(t, "", n.Name, "--help")
		for _, want := range []string{"| `hydrant " + n.Name + "` |", "\n## hydrant " + n.Name + "\n", "hydrant " + n.Name} {
			if !strings.Contains(docs, want) {
				t.Errorf("docs/cli.md has no %q", want)
			}
		}
		if !strings.Contains(help, "Example") || strings.Count(help, "hydrant "+n.Name) < 2 {
			t.Errorf("hydrant %s --help has no example:\n%s", n.Name, help)
		}
		for _, f := range n.Flags {
			if f.Help == "" {
				t.Errorf("hydrant %s --%s has no help", n.Name, f.Name)
			}
		}
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "130"} {
		if !strings.Contains(docs, "| "+code+" |") || !strings.Contains(about, "\n  "+code+" ") {
			t.Errorf("exit code %s is not in docs/cli.md and in the help", code)
		}
	}
}
