package simulation

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"
)

// A result is what a run showed.
type result struct {
	err    error
	counts map[string]int
	digest string
	traced uint64
}

// execute runs p once.
func execute(t *testing.T, p program, bent *mutant) (r result) {
	synctest.Test(t, func(*testing.T) {
		w := newWorld(p, bent, func(seed uint64) { cryptotest.SetGlobalRandom(t, seed) })
		r.err = w.run()
		if w.hub != nil {
			_ = w.stop()
		}
		time.Sleep(patience) // requests that hang end
		w.mu.Lock()
		defer w.mu.Unlock()
		r.counts, r.digest, r.traced = w.counts, w.digest(), w.traced
	})
	return r
}

// shrink returns the shortest program that it finds to fail as p does, with
// its error. It leaves out ever smaller pieces, at most tries times.
func shrink(t *testing.T, p program, bent *mutant, tries int) (program, error) {
	err := execute(t, p, bent).err
	for size := len(p.ops); size > 0 && tries > 0; {
		shorter := false
		for from := 0; from+size <= len(p.ops) && tries > 0; {
			next := p
			next.ops = slices.Concat(p.ops[:from], p.ops[from+size:])
			tries--
			if nextErr := execute(t, next, bent).err; nextErr != nil {
				p, err, shorter = next, nextErr, true
				continue
			}
			from += size
		}
		if !shorter || size > len(p.ops) {
			size /= 2
		}
	}
	return p, err
}

// report says what is wrong with the program of a seed, and how to see it
// again.
func report(t *testing.T, seed uint64, err error) {
	t.Helper()
	small, smallErr := shrink(t, generate(seed), nil, 150)
	if smallErr == nil {
		smallErr = fmt.Errorf("it did not fail again")
	}
	t.Errorf("seed %d: %v\n\nagain: HYDRANT_SEED=%d go test ./delivery/simulation -run TestPrograms\n\n"+
		"the shortest program that fails:\n%v\nwith: %v", seed, err, seed, small, smallErr)
}

// A census adds up what runs met.
type census map[string]int

func (c census) add(counts map[string]int) {
	c["programs"]++
	for what, n := range counts {
		c[what] += n
	}
}

func (c census) names() []string { return slices.Sorted(maps.Keys(c)) }
