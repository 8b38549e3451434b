// Package file delivers objects into a directory: a bucket on this machine or
// on a mounted file system. An object appears under its name at once and
// whole, as a hard link to the staged file where the file system allows it,
// and is never replaced. A linked object has the mode of the staged file; a
// copied one is readable by all, as far as the umask lets it.
//
// The temporary copy of an object that can't be linked is a file beside it
// whose name begins with ".hydrant-" and derives from the object, so that the
// next try finds and replaces what a crash left. Query engines don't read
// names that begin with a dot.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"hydrant/destinations"
)

const scheme = "file://"

// IsBucket says whether bucket names a directory, as in file:///srv/lake.
func IsBucket(bucket string) bool { return strings.HasPrefix(bucket, scheme) }

// A Store is a directory that objects are delivered to. Any number of
// goroutines may use it.
type Store struct {
	dir string

	mu     sync.Mutex
	synced map[string]bool // folders known to be durable, from the root on
	copies sync.Mutex      // one copy at a time, so that none meets its own temporary file
}

// maxSynced bounds Store.synced; then it's forgotten and learnt again.
const maxSynced = 4096

// New returns the store of a bucket such as "file:///srv/lake". The directory
// need not exist; Deliver and Check make it.
func New(bucket string) (*Store, error) {
	if !IsBucket(bucket) {
		return nil, fmt.Errorf("file: bucket %q does not begin with %s", bucket, scheme)
	}
	dir, err := url.PathUnescape(strings.TrimPrefix(bucket, scheme))
	if err != nil {
		return nil, fmt.Errorf("file: bucket %q: %w", bucket, err)
	}
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("file: bucket %q is not an absolute path, such as file:///srv/lake", bucket)
	}
	return &Store{dir: filepath.Clean(dir), synced: map[string]bool{}}, nil
}

// Dir returns the directory.
func (s *Store) Dir() string { return s.dir }

// Deliver implements [destinations.Destination].
func (s *Store) Deliver(ctx context.Context, b destinations.Batch) error {
	return destinations.DeliverEach(ctx, b, 4, s.put)
}

// Check makes the directory if need be and writes a file there, which it
// removes again.
func (s *Store) Check(ctx context.Context) error {
	root, err := s.open()
	if err != nil {
		return err
	}
	defer root.Close()
	const name = ".hydrant-check"
	if err := root.WriteFile(name, nil, 0o644); err != nil {
		return fmt.Errorf("file: can't write into %s: %w", s.dir, err)
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("file: can't remove from %s: %w", s.dir, err)
	}
	return ctx.Err()
}

// open opens the directory, through which no name leads out of it.
func (s *Store) open() (*os.Root, error) {
	if err := s.makeDirectory(); err != nil {
		return nil, fmt.Errorf("file: make %s: %w", s.dir, err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, fmt.Errorf("file: open %s: %w", s.dir, err)
	}
	return root, nil
}

// makeDirectory makes the store's directory and those above it, durably.
func (s *Store) makeDirectory() error {
	_, err := os.Stat(s.dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	for dir := filepath.Dir(s.dir); ; dir = filepath.Dir(dir) {
		if err := syncDir(os.Open, dir); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err // above what is ours, a directory may be closed to us
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// put delivers one object.
func (s *Store) put(ctx context.Context, o destinations.Object) error {
	name, err := localName(o.Key)
	if err != nil {
		return err
	}
	root, err := s.open()
	if err != nil {
		return err
	}
	defer root.Close()
	err = s.putInto(ctx, root, name, o)
	if errors.Is(err, fs.ErrNotExist) && s.forget(path.Dir(name)) {
		// Somebody removed the folder since: make it again.
		err = s.putInto(ctx, root, name, o)
	}
	if err != nil {
		return fmt.Errorf("file: put %s: %w", filepath.Join(s.dir, name), err)
	}
	return nil
}

// localName returns the path below the directory of the object with that key.
// A key that no file can have is refused for good: it's durable already.
func localName(key string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", destinations.Permanent(fmt.Errorf("file: key %q can't be the name of a file: %s", key, why))
	}
	if key == "" || strings.HasSuffix(key, "/") {
		return refuse("it names a folder")
	}
	if strings.ContainsRune(key, 0) {
		return refuse("it has a NUL")
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "." || part == ".." {
			return refuse("it has a folder named . or ..")
		}
		if len(part) > 255 {
			return refuse(fmt.Sprintf("a folder's name has %d bytes, the limit is 255", len(part)))
		}
	}
	return strings.TrimPrefix(path.Clean("/"+key), "/"), nil
}

// putInto makes the object appear under name and be durable there.
func (s *Store) putInto(ctx context.Context, root *os.Root, name string, o destinations.Object) error {
	folder := path.Dir(name)
	if err := s.makeFolder(root, folder); err != nil {
		return err
	}
	err := s.link(root, name, o)
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		// Another file system, or one without links: whatever it was, a copy
		// will tell.
		err = s.copy(ctx, root, name, o)
	}
	if errors.Is(err, fs.ErrExist) {
		err = s.adopt(ctx, root, name, o)
	}
	if err != nil {
		return err
	}
	return syncDir(root.Open, folder)
}

// link links the staged file, whose bytes are durable already.
func (s *Store) link(root *os.Root, name string, o destinations.Object) error {
	if o.Path == "" {
		return errors.ErrUnsupported
	}
	// os.Link doesn't follow the root's rules. That the folder lies inside was
	// found when it was made; the last name is never followed.
	if _, err := root.Stat(path.Dir(name)); err != nil {
		return err
	}
	info, err := os.Lstat(o.Path)
	if err != nil {
		return fmt.Errorf("%w: staged file: %v", errors.ErrUnsupported, err)
	}
	if !info.Mode().IsRegular() || info.Size() != o.Size {
		return errors.ErrUnsupported // the copy finds out what is wrong
	}
	return os.Link(o.Path, filepath.Join(s.dir, filepath.FromSlash(name)))
}
