package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// An event is one line of `go test -json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// goTest runs go test with args in dir and counts its tests; without packages
// among args it tests them all.
func (r *run) goTest(name, dir string, race bool, args ...string) {
	if !strings.HasPrefix(args[len(args)-1], "./") {
		args = append(args, "./...")
	}
	if race {
		args = append([]string{"-race"}, args...)
	}
	fmt.Printf("run   %s\n", name)
	start := time.Now()
	cmd := exec.CommandContext(r.ctx, "go", append([]string{"test", "-json", "-count=1"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if race {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.failed = append(r.failed, fmt.Sprintf("%s: %v", name, err))
		return
	}
	t := newTally()
	readErr := t.read(out)
	err = errors.Join(readErr, cmd.Wait())
	r.passed += t.passed
	r.failed = append(r.failed, t.failed...)
	r.skipped = append(r.skipped, t.skipped...)
	if err != nil && len(t.failed) == 0 {
		r.failed = append(r.failed, fmt.Sprintf("%s: %v", name, err))
	}
	fmt.Printf("      %s: %d passed, %d failed, %d skipped (%s)\n", name, t.passed, len(t.failed), len(t.skipped), time.Since(start).Round(time.Second))
}

// A tally is what became of the tests of one go test.
type tally struct {
	passed          int
	failed, skipped []string
	output          map[string][]string // of tests that are under way, and of packages
}

func newTally() *tally { return &tally{output: map[string][]string{}} }

// read takes the events of `go test -json`.
func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				t.take(e)
			} else {
				fmt.Print(string(line)) // not of go test itself
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("check: read go test's output: %w", err)
		}
	}
}

func (t *tally) take(e event) {
	key := e.Package + e.ImportPath + " " + e.Test
	name := strings.TrimSpace(e.Package + " " + e.Test)
	switch e.Action {
	case "output", "build-output":
		t.output[key] = append(t.output[key], e.Output)
		return
	case "pass":
		if e.Test != "" {
			t.passed++
		} else {
			fmt.Printf("ok    %s (%.1fs)\n", e.Package, e.Elapsed)
		}
	case "skip":
		if e.Test != "" {
			t.skipped = append(t.skipped, name+": "+reason(t.output[key]))
		}
	case "fail":
		if !t.explained(name) {
			t.failed = append(t.failed, name)
		}
		fmt.Printf("FAIL  %s (%.1fs)\n%s", name, e.Elapsed, strings.Join(t.output[key], ""))
		if e.FailedBuild != "" {
			fmt.Print(strings.Join(t.output[e.FailedBuild+" "], ""))
		}
	default:
		return
	}
	delete(t.output, key)
}

// explained says whether something inside of a package or test failed, which
// then is what there is to tell.
func (t *tally) explained(name string) bool {
	return slices.ContainsFunc(t.failed, func(f string) bool {
		return strings.HasPrefix(f, name+" ") || strings.HasPrefix(f, name+"/")
	})
}

// reason finds in a skipped test's output why it was skipped.
func reason(output []string) string {
	for _, line := range output {
		if _, why, ok := strings.Cut(line, "skipped part: "); ok {
			return oneLine(why)
		}
	}
	for _, line := range output {
		if strings.Contains(line, ".go:") {
			return oneLine(line)
		}
	}
	return "it does not say why"
}
