// Check is `make test`: it runs every check of the repository, goes on after a
// failure, and ends with what failed, what was skipped and why, and how many
// tests passed. Its exit code is 0 only when nothing failed.
//
// Nothing passes silently: a check that can't be run on this machine is listed
// as skipped, by name.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"hydrant/integration/harness"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root, err := harness.Root()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var lintOnly bool
	for _, arg := range os.Args[1:] {
		lintOnly = lintOnly || arg == "-lint"
	}
	r := &run{ctx: ctx, root: root, module: root + "/integration"}
	r.lint()
	if !lintOnly {
		r.tests()
	}
	r.summary()
	if len(r.failed) > 0 {
		os.Exit(1)
	}
}

// A run collects what the checks found.
type run struct {
	ctx          context.Context
	root, module string // folders of the product and of the integration module
	passed       int
	failed       []string
	skipped      []string
}

// step runs one check and prints how it went.
func (r *run) step(name string, check func() error) {
	start := time.Now()
	err := check()
	took := time.Since(start).Round(100 * time.Millisecond)
	if err == nil {
		r.passed++
		fmt.Printf("ok    %s (%s)\n", name, took)
		return
	}
	r.failed = append(r.failed, name)
	fmt.Printf("FAIL  %s (%s)\n%v\n", name, took, err)
}

func (r *run) skip(name, reason string) {
	r.skipped = append(r.skipped, name+": "+reason)
	fmt.Printf("skip  %s: %s\n", name, reason)
}

func (r *run) tests() {
	race := hasCompiler()
	if !race {
		r.skip("race detector", "it needs a C compiler")
	}
	r.goTest("tests of the product", r.root, race, "-timeout=10m")
	if race { // with the race detector the simulation does a few programs only, and no mutants
		r.goTest("simulation", r.root, false, "-timeout=10m", "./delivery/simulation")
	}
	r.goTest("tests of the harness", r.module, race, "-timeout=5m", "./harness", "./rows", "./loadgen", "./check", "./bench")
	r.goTest("integration tests", r.module, race, "-timeout=14m", "./e2e")
}

func (r *run) summary() {
	fmt.Println()
	fmt.Println("skipped:")
	printList(r.skipped)
	if len(r.failed) > 0 {
		fmt.Println("failed:")
		printList(r.failed)
	}
	fmt.Printf("%d passed, %d failed, %d skipped (%s, %d processors)\n",
		r.passed, len(r.failed), len(r.skipped), runtime.Version(), runtime.NumCPU())
}

func printList(names []string) {
	if len(names) == 0 {
		names = []string{"none"}
	}
	for _, name := range names {
		fmt.Println("  " + name)
	}
}
