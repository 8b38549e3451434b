package simulation

import (
	"os"
	"runtime"
	"strconv"
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
