package e2e

import (
	"path/filepath"
	"testing"

	"hydrant/integration/harness"
	"hydrant/integration/pressure"
)

// The daemon runs without the race detector here, which takes memory for
// itself.
func TestMemoryStaysInItsBudget(t *testing.T) {
	bin, err := harness.Build(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range pressure.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			r, err := s.Run(t.Context(), bin, filepath.Join(t.TempDir(), "daemon"), 300)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("peak RSS %.0f MiB: %.0f MB in %.1f s, %d requests told to slow down", r.PeakRSS, r.MB, r.Seconds, r.Refused)
			if r.PeakRSS > pressure.Budget {
				t.Errorf("peak RSS is %.0f MiB, want at most max_memory = %d MiB", r.PeakRSS, pressure.Budget)
			}
		})
	}
}
