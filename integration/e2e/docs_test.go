package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hydrant/integration/harness"
)

// A snippet is a fenced block of a Markdown file.
type snippet struct {
	file, language, text string
	line                 int
}

var fence = regexp.MustCompile("(?ms)^```([a-z]*)[^\n]*\n(.*?)^```")

// snippets returns the fenced blocks of the README and of the files in docs.
func snippets(t *testing.T) []snippet {
	t.Helper()
	files := []string{repoFile(t, "README.md"), repoFile(t, "ARCHITECTURE.md")}
	for _, name := range filesBelow(t, repoFile(t, "docs")) {
		if strings.HasSuffix(name, ".md") {
			files = append(files, name)
		}
	}
	var all []snippet
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range fence.FindAllSubmatchIndex(b, -1) {
			all = append(all, snippet{
				file: filepath.Base(name), line: 1 + strings.Count(string(b[:m[0]]), "\n"),
				language: string(b[m[2]:m[3]]), text: string(b[m[4]:m[5]]),
			})
		}
	}
	return all
}

func TestEveryConfigInTheDocumentationIsValid(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range snippets(t) {
		if s.language != "hcl" || !strings.Contains(s.text, "delivery_stream") {
			continue // a fragment: what stands around it is not told
		}
		n++
		file := writeFile(t, "snippet.hcl", s.text)
		out, code, err := harness.Run(t.Context(), program, filepath.Dir(file), "validate", "-c", file)
		if err != nil {
			t.Fatal(err)
		}
		// A secret that the reader has to set first is not the snippet's
		// mistake; everything else is.
		if code != 0 && !strings.Contains(out, "environment variable") {
			t.Errorf("%s:%d: hydrant validate: %s", s.file, s.line, out)
		}
	}
	if n == 0 {
		t.Error("no whole config in the documentation")
	}
}

// known are the commands that snippets may begin with beside files of the
// repository; each is checked as far as that can be done without running it.
var known = map[string]bool{
	"go": true, "git": true, "make": true, "curl": true, "aws": true, "python": true, "python3": true, "pip": true, "cd": true,
	"export": true, "duckdb": true, "docker": true, "cat": true, "echo": true, "kill": true, "ls": true, "jq": true, "systemctl": true,
	"for": true, "done": true, "do": true, "while": true, "printf": true, "openssl": true, "tail": true, "head": true, "gzip": true,
}

func TestEveryCommandInTheDocumentationExists(t *testing.T) {
	t.Parallel()
	help, _, err := harness.Run(t.Context(), program, t.TempDir(), "--help")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(repoFile(t, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range snippets(t) {
		if s.language != "sh" && s.language != "shell" && s.language != "bash" && s.language != "console" {
			continue
		}
		for _, words := range commandLines(s.text) {
			n++
			switch word := words[0]; {
			case strings.HasSuffix(word, "hydrant") || strings.HasPrefix(strings.Join(words, " "), "go run ./cmd/hydrant"):
				args := words[1:]
				if word == "go" {
					args = words[3:]
				}
				if len(args) > 0 && !strings.HasPrefix(args[0], "-") && !strings.Contains(help, "\n  "+args[0]) {
					t.Errorf("%s:%d: hydrant has no command %q", s.file, s.line, args[0])
				}
			case word == "make":
				for _, target := range words[1:] {
					if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).Match(makefile) {
						t.Errorf("%s:%d: the Makefile has no target %q", s.file, s.line, target)
					}
				}
			case known[word]:
			default:
				if _, err := exec.LookPath(word); err != nil {
					t.Errorf("%s:%d: no command %q", s.file, s.line, word)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no command in the documentation")
	}
}

// commandLines returns the words of each command, without prompts, comments,
// continuation lines, here documents and assignments before it.
func commandLines(text string) [][]string {
	text = strings.ReplaceAll(text, "\\\n", " ")
	var all [][]string
	until := ""
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if until != "" {
			if line == until {
				until = ""
			}
			continue
		}
		if _, mark, ok := strings.Cut(line, "<<"); ok {
			until = strings.Trim(strings.Fields(mark + " EOF")[0], `'"-`)
		}
		line, _, _ = strings.Cut(line, " #")
		words := strings.Fields(line)
		for len(words) > 0 && regexp.MustCompile(`^[A-Z_]+=`).MatchString(words[0]) {
			words = words[1:]
		}
		if len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			all = append(all, words)
		}
	}
	return all
}
