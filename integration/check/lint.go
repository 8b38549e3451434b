package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"hydrant/integration/harness"
)

// lint runs the checks that read the source.
func (r *run) lint() {
	r.step("build with CGO_ENABLED=0", func() error {
		return r.quiet(r.root, []string{"CGO_ENABLED=0"}, "go", "build", "-o", os.DevNull, "./cmd/hydrant")
	})
	r.step("gofmt", r.gofmt)
	for _, m := range []struct{ name, dir string }{{"product", r.root}, {"integration", r.module}} {
		r.step("go vet, "+m.name, func() error { return r.quiet(m.dir, nil, "go", "vet", "./...") })
	}
	r.staticcheck()
	r.govulncheck()
}

func (r *run) gofmt() error {
	out, err := r.output(r.root, nil, "gofmt", "-l", ".")
	if err != nil {
		return err
	}
	var files []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, ".cache/") {
			files = append(files, strings.TrimSpace(line))
		}
	}
	if len(files) > 0 {
		return fmt.Errorf("not formatted: %s", strings.Join(files, " "))
	}
	return nil
}

func (r *run) staticcheck() {
	tool, ok := r.part(harness.Staticcheck)
	if !ok {
		return
	}
	for _, m := range []struct{ name, dir string }{{"product", r.root}, {"integration", r.module}} {
		r.step("staticcheck, "+m.name, func() error { return r.quiet(m.dir, nil, tool, "./...") })
	}
}

// govulncheck needs the vulnerability database, which not every machine
// reaches. Its exit code is 3 when there are findings.
func (r *run) govulncheck() {
	tool, ok := r.part(harness.Govulncheck)
	if !ok {
		return
	}
	out, err := r.output(r.root, nil, tool, "./...")
	if err != nil {
		if _, why, ok := strings.Cut(err.Error(), "fetching vulnerabilities: "); ok {
			r.skip("govulncheck", "its database can't be reached: "+oneLine(why))
			return
		}
	}
	r.step("govulncheck", func() error {
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// part returns the path of a fetched tool, or notes that it is skipped.
func (r *run) part(p harness.Part) (path string, ok bool) {
	path, err := p.Path()
	if missing := (*harness.MissingError)(nil); errors.As(err, &missing) {
		r.skip(p.Name, missing.Reason)
		return "", false
	}
	if err != nil {
		r.step(p.Name, func() error { return err })
		return "", false
	}
	return path, true
}

// quiet runs a command and returns what it printed when it fails.
func (r *run) quiet(dir string, env []string, name string, args ...string) error {
	out, err := r.output(dir, env, name, args...)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// output runs a command and returns its standard output; an error holds what
// it printed on the other.
func (r *run) output(dir string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(r.ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func hasCompiler() bool {
	_, err := exec.LookPath("gcc")
	return err == nil
}
