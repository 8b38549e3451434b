package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	maxFileBytes = 4 << 20 // of a configuration, and of what file() reads
	maxNesting   = 100     // braces, brackets and parentheses inside one another
)

// LoadOptions are what a configuration may ask its surroundings for.
type LoadOptions struct {
	Vars map[string]string                // values of variables, by name
	Env  func(name string) (string, bool) // environment variables; nil is os.LookupEnv
}

// Load reads the configuration that paths make together. A path is a file, or
// a directory of which all *.hcl files are read in order of name, without
// those in folders below it and hidden ones.
//
// All mistakes are told at once. The Config is nil exactly when there is an
// error; warnings alone leave it usable. Load reads files and looks at nothing
// else: no network, no data directory.
func Load(paths []string, o LoadOptions) (*Config, Diagnostics) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	d := &decoder{opts: o, sources: map[string]*source{}}
	bodies := d.read(paths)
	d.defineScope(bodies)
	cfg := d.config(d.root(bodies))
	all := d.diagnostics()
	if all.HasErrors() {
		return nil, all
	}
	return cfg, all
}

// A decoder turns HCL into a [Config], and collects what is wrong on the way.
type decoder struct {
	opts    LoadOptions
	scope   scope
	files   []string // in the order in which they were read
	sources map[string]*source
	partial bool // some file couldn't be read whole: what seems missing may be there
	list    hcl.Diagnostics
	hide    []string
}

func (d *decoder) errorAt(at hcl.Range, summary, format string, args ...any) {
	d.tell(hcl.DiagError, at, summary, format, args...)
}

func (d *decoder) warnAt(at hcl.Range, summary, format string, args ...any) {
	d.tell(hcl.DiagWarning, at, summary, format, args...)
}

func (d *decoder) tell(severity hcl.DiagnosticSeverity, at hcl.Range, summary, format string, args ...any) {
	one := &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: sentence(fmt.Sprintf(format, args...))}
	if at.Filename != "" {
		one.Subject = &at
	}
	d.list = append(d.list, one)
}

// diagnostics returns all that was found, without what is secret.
func (d *decoder) diagnostics() Diagnostics {
	all := Diagnostics{list: d.list, sources: d.sources}
	for _, src := range d.sources {
		for _, word := range src.words {
			d.hideValue(word)
		}
	}
	slices.SortFunc(d.hide, func(a, b string) int { return len(b) - len(a) })
	all.hide = slices.Compact(d.hide)
	all.sortByPlace(d.files)
	return all
}

// hideValue keeps a value out of all messages. Very short ones are left: they
// are no secrets, and words would lose their letters.
func (d *decoder) hideValue(value string) {
	if len(value) >= 4 {
		d.hide = append(d.hide, value)
	}
}

// read reads and parses all files.
func (d *decoder) read(paths []string) []*hclsyntax.Body {
	if len(paths) == 0 {
		d.partial = true
		d.errorAt(hcl.Range{}, "No configuration given", "Name a file or a directory of *.hcl files with -c.")
	}
	var bodies []*hclsyntax.Body
	for _, path := range paths {
		for _, name := range d.expand(path) {
			if d.sources[name] != nil {
				continue
			}
			if body := d.parse(name); body != nil {
				bodies = append(bodies, body)
			}
		}
	}
	return bodies
}

// expand returns the files that path stands for.
func (d *decoder) expand(path string) []string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		d.partial = true
		d.errorAt(hcl.Range{}, "Cannot read configuration", "%s: %s. %s", path, reason(err), advice(err))
		return nil
	case !info.IsDir():
		return []string{filepath.Clean(path)}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		d.partial = true
		d.errorAt(hcl.Range{}, "Cannot read configuration", "directory %s: %s. %s", path, reason(err), advice(err))
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".hcl") && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		d.partial = true
		d.errorAt(hcl.Range{}, "No configuration in directory", "%s holds no file whose name ends in .hcl. Folders in it are not searched: name each with a -c of its own.", path)
	}
	return names
}

// parse parses one file. Of a file with mistakes in its syntax it returns what
// could be understood.
func (d *decoder) parse(name string) *hclsyntax.Body {
	text, err := readAtMost(name, maxFileBytes)
	if err != nil {
		d.partial = true
		d.errorAt(hcl.Range{}, "Cannot read configuration", "%s: %s. %s", name, reason(err), advice(err))
		return nil
	}
	src := &source{name: name, text: text}
	d.sources[name] = src
	d.files = append(d.files, name)
	tokens, _ := hclsyntax.LexConfig(text, name, hcl.InitialPos)
	src.findSecrets(tokens)
	if at, deep := tooDeep(tokens); deep {
		src.broken, d.partial = true, true
		d.errorAt(at, "Nested too deeply", "Brackets may be nested %d deep. Give the inner parts names in a locals block", maxNesting)
		return nil
	}
	file, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	if diags.HasErrors() {
		src.broken, d.partial = true, true
	}
	d.list = append(d.list, diags...)
	if file == nil {
		return nil
	}
	body, _ := file.Body.(*hclsyntax.Body)
	return body
}

// tooDeep finds nesting that a recursive parser should not be given.
func tooDeep(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	depth, operators := 0, 0
	for _, t := range tokens {
		depth += nesting(t)
		switch t.Type {
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenQuestion: // these nest without brackets
			operators++
		case hclsyntax.TokenNewline, hclsyntax.TokenComma:
			operators = 0
		}
		if depth > maxNesting || operators > 10*maxNesting {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}

// readAtMost reads a file that has at most limit bytes.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("larger than %d MiB", limit>>20)
	}
	return text, err
}

// reason is err without the path, which the message has already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// advice says what to do about a file that can't be read.
func advice(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "Check the path, which is taken from the directory that hydrant is started in."
	case errors.Is(err, fs.ErrPermission):
		return "Give the user that runs hydrant the right to read it."
	}
	return "Check that it's a readable file."
}
