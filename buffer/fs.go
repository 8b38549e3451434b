package buffer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// RealFS returns the file system of the machine. Sync is fdatasync on Linux
// and whatever os.File.Sync does elsewhere.
func RealFS() FS { return realFS{} }

type realFS struct{}

const (
	fileMode = 0o644 // a delivered file is a link to a staged one; directories keep others out of ours
	dirMode  = 0o750

	privateMode = 0o600
)

func (realFS) Create(name string) (File, error) {
	return openFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, fileMode)
}

func (realFS) CreatePrivate(name string) (File, error) {
	return openFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, privateMode)
}

func (realFS) Open(name string) (File, error) { return openFile(name, os.O_RDONLY, fileMode) }

func (realFS) Edit(name string) (File, error) { return openFile(name, os.O_RDWR|os.O_APPEND, fileMode) }

func openFile(name string, flag int, mode os.FileMode) (File, error) {
	f, err := os.OpenFile(filepath.FromSlash(name), flag, mode)
	if err != nil {
		return nil, err // not a File that holds a nil *os.File
	}
	return realFile{f}, nil
}

func (realFS) Rename(from, to string) error {
	return os.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

func (realFS) Remove(name string) error { return os.Remove(filepath.FromSlash(name)) }

// MkdirAll makes the missing levels one by one and syncs the parent of each.
func (r realFS) MkdirAll(dir string) error {
	dir = filepath.FromSlash(dir)
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is a file, not a directory", dir)
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := r.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return r.SyncDir(parent)
}

func (realFS) ReadDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.FromSlash(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (realFS) SyncDir(dir string) error {
	d, err := os.Open(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	return errors.Join(syncDir(d), d.Close())
}

func (realFS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.FromSlash(name), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return f, nil
}

type realFile struct{ *os.File }

func (f realFile) Sync() error { return syncData(f.File) }

func (f realFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
