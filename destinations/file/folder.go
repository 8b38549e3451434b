package file

import (
	"errors"
	"io/fs"
	"os"
	"path"
)

// makeFolder makes a folder and those above it, and makes them durable, also
// those that are there already: the process that made them may have died
// before it did so.
func (s *Store) makeFolder(root *os.Root, folder string) error {
	if s.isSynced(folder) {
		return nil
	}
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for dir := folder; dir != "."; {
		dir = path.Dir(dir)
		if err := syncDir(root.Open, dir); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.synced) >= maxSynced {
		clear(s.synced)
	}
	s.synced[folder] = true
	return nil
}

func (s *Store) isSynced(folder string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.synced[folder]
}

// forget says whether the folder was thought to be there, and no longer does.
func (s *Store) forget(folder string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.synced[folder]
	delete(s.synced, folder)
	return was
}

// syncDir makes the entries of a directory durable.
func syncDir(open func(string) (*os.File, error), dir string) error {
	d, err := open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil // the file system has nothing to sync there
	}
	return errors.Join(err, d.Close())
}
