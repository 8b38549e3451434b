package configs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docsSection is a part of docs/config.md below one heading.
type docsSection struct {
	rows     map[string][]string // cells by the argument's name
	snippets []string
}

var docsRow = regexp.MustCompile("^\\| `([a-z_0-9]+)` \\|")

func readDocs(t *testing.T) map[string]*docsSection {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]*docsSection{}
	current, snippet := &docsSection{}, false
	for line := range strings.SplitSeq(string(text), "\n") {
		switch {
		case snippet && line == "```":
			snippet = false
		case snippet:
			current.snippets[len(current.snippets)-1] += line + "\n"
		case line == "```hcl":
			snippet, current.snippets = true, append(current.snippets, "")
		case strings.HasPrefix(line, "#"):
			current = &docsSection{rows: map[string][]string{}}
			sections[strings.TrimLeft(line, "# ")] = current
		case docsRow.MatchString(line):
			current.rows[docsRow.FindStringSubmatch(line)[1]] = strings.Split(strings.Trim(line, "|"), "|")
		}
	}
	return sections
}

func TestDocsTellEveryArgumentAndNoOther(t *testing.T) {
	sections := readDocs(t)
	for heading, spec := range docsHeadings() {
		section := sections[heading]
		if section == nil {
			t.Errorf("docs/config.md has no heading %q", heading)
			continue
		}
		told, known := slices.Sorted(maps.Keys(section.rows)), spec.argNames()
		slices.Sort(known)
		if !slices.Equal(told, known) {
			t.Errorf("%s: documented are %q, the decoder knows %q", heading, told, known)
			continue
		}
		for _, arg := range spec.args {
			for _, problem := range rowProblems(arg, section.rows[arg.name]) {
				t.Errorf("%s, %s: %s", heading, arg.name, problem)
			}
		}
	}
}

// docsHeadings are the headings and the blocks that they describe. The path
// of a heading has no labels but the last.
func docsHeadings() map[string]*blockSpec {
	all := map[string]*blockSpec{}
	var walk func(path string, spec *blockSpec)
	walk = func(path string, spec *blockSpec) {
		for _, nest := range spec.nests {
			for _, inner := range nest.kinds {
				heading := path + nest.typ
				switch {
				case inner == s3Spec:
					heading = path + `destination "s3" and error_sink "s3"`
				case nest.label == "kind":
					heading += ` "` + inner.kind + `"`
				case nest.label != "" && nest.typ != "variable":
					heading += ` "` + nest.label + `"`
				}
				all[heading] = inner
				walk(path+nest.typ+" / ", inner)
			}
		}
	}
	walk("", rootSpec)
	return all
}

// rowProblems compares a row of a table with what the decoder does.
func rowProblems(arg *argSpec, cells []string) []string {
	var problems []string
	want := func(cell int, what, text string) {
		if !strings.Contains(cells[cell], text) {
			problems = append(problems, fmt.Sprintf("%s: got %q, want %q in it", what, cells[cell], text))
		}
	}
	if len(cells) != 5 {
		return []string{fmt.Sprintf("%d cells, want 5: %q", len(cells), cells)}
	}
	want(1, "type", arg.kind.String())
	written := func(value string) string {
		if arg.kind == countArg || arg.kind == shareArg || arg.kind == flagArg {
			return "`" + value + "`"
		}
		return "`\"" + strings.ReplaceAll(value, `"`, `\"`) + "\"`"
	}
	if arg.required {
		want(2, "default", "required")
	} else if arg.def != "" {
		want(2, "default", written(arg.def))
	}
	for _, value := range arg.oneOf {
		want(3, "allowed", written(value))
	}
	if arg.min != "" {
		want(3, "allowed", written(arg.min)+" to "+written(arg.max))
	}
	if strings.TrimSpace(cells[4]) == "" {
		problems = append(problems, "no meaning")
	}
	return problems
}

func TestEverySnippetInTheDocsLoads(t *testing.T) {
	n := 0
	for heading, section := range readDocs(t) {
		for _, snippet := range section.snippets {
			n++
			_, diags := loadText(t, complete(snippet), LoadOptions{Env: func(name string) (string, bool) { return "value-of-" + name, true }})
			if diags.Len() > 0 {
				t.Errorf("%s:\n%s", heading, printed(t, diags))
			}
		}
	}
	if n < 10 {
		t.Errorf("%d snippets, want at least 10", n)
	}
}

// complete puts around a snippet what it leaves out.
func complete(snippet string) string {
	for _, top := range []string{"delivery_stream ", "server ", "variable ", "locals "} {
		if strings.HasPrefix(snippet, top) {
			if !strings.Contains(snippet, "delivery_stream ") {
				snippet += minimal
			}
			return snippet
		}
	}
	for block, text := range map[string]string{
		`format "`:      "format \"json\" {}\n",
		`destination "`: "destination \"s3\" {\n bucket = \"lake\"\n prefix = \"clicks/\"\n}\n",
		`error_sink "`:  "error_sink \"s3\" { bucket = \"lake-errors\" }\n",
	} {
		if !strings.Contains(snippet, block) {
			snippet += text
		}
	}
	return "delivery_stream \"snippet\" {\n" + snippet + "}\n"
}

func TestDocsNameEveryFunction(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range standardFunctions {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/config.md does not name the function %s", name)
		}
	}
}

func TestDocsNameWhatComesLater(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, later, _ := strings.Cut(string(text), "## Later releases")
	for _, nest := range streamSpec.nests {
		for _, name := range append(slices.Clone(nest.later), streamSpec.later...) {
			if !strings.Contains(later, "`"+name+"`") {
				t.Errorf("docs/config.md does not say that %s comes later", name)
			}
		}
	}
}
