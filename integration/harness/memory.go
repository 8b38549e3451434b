package harness

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// PeakRSS returns the most memory that a process ever had, in MiB.
func PeakRSS(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("harness: peak memory: %w", err)
	}
	_, rest, ok := bytes.Cut(b, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if !ok || len(fields) < 2 || string(fields[1]) != "kB" {
		return 0, fmt.Errorf("harness: peak memory of %d: no VmHWM in kB: %.80q", pid, rest)
	}
	kib, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil {
		return 0, fmt.Errorf("harness: peak memory of %d: %w", pid, err)
	}
	return kib / 1024, nil
}
