package simulation

import (
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

// programs is how many programs a run of the tests does. HYDRANT_TORTURE is
// another number, or for how long programs are to be run; HYDRANT_SEED is the
// seed of the first, and by itself of the only one.
func programs(t *testing.T) (first, number uint64, limit time.Duration) {
	first, number = 1, 1000
	if raceEnabled {
		number = 40
	}
	if s := os.Getenv("HYDRANT_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("HYDRANT_SEED: %v", err)
		}
		first, number = n, 1
	}
	s := os.Getenv("HYDRANT_TORTURE")
	if s == "" {
		return first, number, 0
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return first, n, 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatalf("HYDRANT_TORTURE=%q is neither a number of programs nor a duration", s)
	}
	return first, 1 << 62, d
}

func TestPrograms(t *testing.T) {
	first, number, limit := programs(t)
	start, all, failed := time.Now(), census{}, 0
	for seed := first; seed-first < number && (limit == 0 || time.Since(start) < limit); seed++ {
		r := execute(t, generate(seed), nil)
		all.add(r.counts)
		if r.err != nil {
			report(t, seed, r.err)
			if failed++; failed == 3 {
				t.Fatal("enough")
			}
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
