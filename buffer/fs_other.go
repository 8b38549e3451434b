//go:build !linux

package buffer

import (
	"os"
	"runtime"
)

func syncData(f *os.File) error { return f.Sync() }

// syncDir does nothing on Windows, which cannot sync a directory and writes
// its entries through a journal.
func syncDir(d *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

// lockFile cannot lock here: one daemon for each data directory is then the
// operator's care.
func lockFile(*os.File) error { return nil }
