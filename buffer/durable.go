package buffer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"syscall"
)

const tempSuffix = ".tmp"

// replace makes the file name in dir hold what write writes: all of it or, if
// the power fails, what it held before. nil means that it is durable.
func replace(fsys FS, dir, name string, write func(io.Writer) error) error {
	temp := path.Join(dir, name+tempSuffix)
	if err := remove(fsys, temp); err != nil {
		return err
	}
	f, err := fsys.Create(temp)
	if err != nil {
		return full(err)
	}
	w := bufio.NewWriterSize(f, 64<<10)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return full(errors.Join(err, remove(fsys, temp)))
	}
	if err := fsys.Rename(temp, path.Join(dir, name)); err != nil {
		return full(errors.Join(err, remove(fsys, temp)))
	}
	return fsys.SyncDir(dir)
}

// remove removes a file that may be gone already.
func remove(fsys FS, name string) error {
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ifMissing takes a missing file for an empty one.
func ifMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// full marks an error that means that the disk is full as [ErrFull].
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
