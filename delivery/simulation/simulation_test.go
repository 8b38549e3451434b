package simulation

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1) // goroutines take turns in the same order, as far as Go can do that
	os.Exit(m.Run())
}

// A plan says which programs a run of the tests does: HYDRANT_TORTURE is how
// many (1,000 by default), HYDRANT_TORTURE_FOR how long it goes on after them,
// HYDRANT_FIRST_SEED the seed of the first; with HYDRANT_SEED it is that one.
type plan struct {
	first, number uint64
	until         time.Time
}

func planned(t *testing.T) plan {
	p := plan{first: number(t, "HYDRANT_FIRST_SEED", 1), number: number(t, "HYDRANT_TORTURE", 1000)}
	if raceEnabled && os.Getenv("HYDRANT_TORTURE") == "" {
		p.number = 40
	}
	if seed := number(t, "HYDRANT_SEED", 0); seed != 0 {
		p.first, p.number = seed, 1
	}
	if s := os.Getenv("HYDRANT_TORTURE_FOR"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatalf("HYDRANT_TORTURE_FOR: %v", err)
		}
		p.until = time.Now().Add(d)
	}
	return p
}

func number(t *testing.T, variable string, standard uint64) uint64 {
	s := os.Getenv(variable)
	if s == "" {
		return standard
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q is not a number", variable, s)
	}
	return n
}

func TestPrograms(t *testing.T) {
	p, all, failed := planned(t), census{}, 0
	for seed := p.first; seed-p.first < p.number || time.Now().Before(p.until); seed++ {
		r := execute(t, generate(seed), nil)
		all.add(r.counts)
		if r.err != nil {
			report(t, seed, r.err)
			if failed++; failed == 3 {
				t.Fatal("three programs failed, which is enough")
			}
		}
		if n := all["programs"]; n%1000 == 0 && n > 1000 {
			fmt.Printf("%d programs, %d failed\n", n, failed)
		}
	}
	for _, what := range all.names() {
		t.Logf("%8d %s", all[what], what)
	}
	figures = all
}

// figures are of the last TestPrograms, for the document.
var figures census

// TestASeedRepeatsItsRun runs programs twice: the order of all operations on
// disk and store, and all that they leave, is the same.
func TestASeedRepeatsItsRun(t *testing.T) {
	if raceEnabled {
		return // the race detector changes the order of goroutines at random
	}
	const seeds = 20
	same := 0
	for seed := uint64(1); seed <= seeds; seed++ {
		a, b := execute(t, generate(seed), nil), execute(t, generate(seed), nil)
		if a.traced == b.traced && a.digest == b.digest && maps.Equal(a.counts, b.counts) {
			same++
		}
	}
	t.Logf("%d of %d runs were the same to the last operation", same, seeds)
	if same < seeds*9/10 {
		t.Errorf("only %d of %d seeds repeat their run", same, seeds)
	}
}

// most is how many programs a mutant may survive.
const most = 400

// TestEveryMutantIsCaught switches the mutants in one by one. The seeds in the
// document are tried first.
func TestEveryMutantIsCaught(t *testing.T) {
	known := documentedSeeds(t)
	seeds, says := make(map[string]uint64), make(map[string]string)
	for i := range mutants {
		m := &mutants[i]
		want, documented := known[m.name]
		if !documented && os.Getenv(updateVariable) == "" {
			t.Errorf("docs/reliability.md does not list the mutant %q; %s", m.name, howToUpdate)
		}
		if raceEnabled {
			continue // without the race detector they are
		}
		seed, err := catch(t, m, want)
		if err == nil {
			t.Errorf("the mutant %q survived %d programs", m.name, most)
			continue
		}
		if seed != want && os.Getenv(updateVariable) == "" {
			t.Errorf("seed %d catches the mutant %q, and docs/reliability.md says %d; %s", seed, m.name, want, howToUpdate)
		}
		seeds[m.name], says[m.name] = seed, firstLine(err)
		t.Logf("%-70s seed %-4d %.120s", m.name, seed, firstLine(err))
	}
	if len(known) > len(mutants) {
		t.Errorf("docs/reliability.md lists %d mutants, there are %d; %s", len(known), len(mutants), howToUpdate)
	}
	if os.Getenv(updateVariable) != "" && !raceEnabled {
		writeDocument(t, seeds, says)
	}
}

// catch returns the first seed whose program m does not survive, and what is
// wrong then; no error if it survives all. The seed that is known is tried
// first.
func catch(t *testing.T, m *mutant, known uint64) (uint64, error) {
	if known != 0 {
		if r := execute(t, generate(known), m); r.err != nil {
			return known, r.err
		}
	}
	for seed := uint64(1); seed <= most; seed++ {
		if r := execute(t, generate(seed), m); r.err != nil {
			return seed, r.err
		}
	}
	return 0, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
