package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Machine is what the numbers were measured on.
type Machine struct {
	CPU       string
	Cores     int
	MemoryGiB float64
	Kernel    string
	Go        string
	Sync4K    Latency // write of 4 KiB and fdatasync
	Sync175K  Latency
}

// Latency is a distribution in milliseconds.
type Latency struct{ P50, P99 float64 }

func describeMachine(dir string) (Machine, error) {
	m := Machine{CPU: field("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(), Go: runtime.Version()}
	kib, _ := strconv.ParseFloat(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 64)
	m.MemoryGiB = kib / (1 << 20)
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.SplitN(strings.TrimSpace(string(b)), "-", 2)[0]
	}
	var err error
	if m.Sync4K, err = probeSync(dir, 4<<10, 300); err != nil {
		return m, err
	}
	m.Sync175K, err = probeSync(dir, 175_000, 200)
	return m, err
}

// field returns the first value of "name : value" in a file of /proc.
func field(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range bytes.Lines(b) {
		if key, value, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(key)) == name {
			return string(bytes.TrimSpace(value))
		}
	}
	return "unknown"
}

// probeSync measures how long appending size bytes and fdatasync take.
func probeSync(dir string, size, times int) (Latency, error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return Latency{}, fmt.Errorf("bench: probe the disk: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	took := make([]time.Duration, times)
	data := bytes.Repeat([]byte("hydrant "), size/8)
	for i := range took {
		start := time.Now()
		if _, err := f.Write(data); err != nil {
			return Latency{}, fmt.Errorf("bench: probe the disk: %w", err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return Latency{}, fmt.Errorf("bench: probe the disk: %w", err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Latency{P50: ms(took[times/2]), P99: ms(took[times*99/100])}, nil
}

// ticksPerSecond is the unit of CPU time in /proc; Linux has 100 everywhere.
const ticksPerSecond = 100

// cpuSeconds returns the CPU time, user and system, of a process.
func cpuSeconds(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	// The second field is the name in brackets and may hold anything; utime
	// and stime are the 14th and 15th.
	after := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(after) < 13 {
		return 0, fmt.Errorf("bench: /proc/%d/stat: %q", pid, b)
	}
	user, err1 := strconv.ParseFloat(after[11], 64)
	system, err2 := strconv.ParseFloat(after[12], 64)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("bench: /proc/%d/stat: %q", pid, b)
	}
	return (user + system) / ticksPerSecond, nil
}

// sizeOf returns the size of a folder's files in MB.
func sizeOf(dir string) (float64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	return float64(total) / 1e6, nil
}
