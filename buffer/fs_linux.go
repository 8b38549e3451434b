package buffer

import (
	"errors"
	"os"
	"syscall"
)

// syncData flushes the contents and the size, but not the times of access
// and change: fdatasync(2).
func syncData(f *os.File) error {
	err := retry(func() error { return syscall.Fdatasync(int(f.Fd())) })
	if err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

func syncDir(d *os.File) error { return d.Sync() }

// lockFile takes the lock of flock(2), which ends with the process.
func lockFile(f *os.File) error {
	err := retry(func() error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) })
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}

func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// Space returns how many bytes are free to us on the file system below dir,
// and how many it has in all.
func (realFS) Space(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := retry(func() error { return syscall.Statfs(dir, &st) }); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}
