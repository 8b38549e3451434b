package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"hydrant/destinations"
)

// copy copies the object to a temporary file, makes that durable, and gives it
// its name. It fails with fs.ErrExist when the name is taken.
func (s *Store) copy(ctx context.Context, root *os.Root, name string, o destinations.Object) error {
	s.copies.Lock()
	defer s.copies.Unlock()
	if _, err := root.Lstat(name); err == nil {
		return fs.ErrExist // spare the copy
	}
	temp := tempName(name, o)
	err := writeTemp(ctx, root, temp, o)
	if err == nil {
		err = publish(root, temp, name)
	}
	if rerr := root.Remove(temp); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		return errors.Join(err, rerr)
	}
	return err
}

// tempName is the same for every try of the same object.
func tempName(name string, o destinations.Object) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%x", name, o.SHA256))
	return path.Join(path.Dir(name), fmt.Sprintf(".hydrant-%x.tmp", sum[:12]))
}

func writeTemp(ctx context.Context, root *os.Root, temp string, o destinations.Object) (err error) {
	f, err := root.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := copyChecked(ctx, f, o); err != nil {
		return err
	}
	return f.Sync()
}

// copyChecked writes the object's bytes to w and finds out whether they are
// those that were staged.
func copyChecked(ctx context.Context, w io.Writer, o destinations.Object) error {
	in, err := o.Open()
	if err != nil {
		return fmt.Errorf("staged object: %w", err)
	}
	defer in.Close() // only read
	size, sum, err := digest(ctx, io.TeeReader(in, w))
	if err != nil {
		return err
	}
	if size != o.Size || sum != o.SHA256 {
		return fmt.Errorf("staged object is damaged: %d bytes with SHA-256 %x, want %d with %x", size, sum, o.Size, o.SHA256)
	}
	return nil
}

// digest reads r to its end.
func digest(ctx context.Context, r io.Reader) (size int64, sum [32]byte, err error) {
	h := sha256.New()
	size, err = io.CopyBuffer(h, contextReader{ctx, r}, make([]byte, 1<<18))
	return size, [32]byte(h.Sum(nil)), err
}

// A contextReader fails when ctx has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// publish gives temp its name unless that is taken.
func publish(root *os.Root, temp, name string) error {
	err := root.Link(temp, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links. Between the look and the rename no
	// other process of ours writes this name, for it holds the batch's id.
	if _, serr := root.Lstat(name); !errors.Is(serr, fs.ErrNotExist) {
		return errors.Join(err, serr)
	}
	return root.Rename(temp, name)
}

// adopt accepts what lies under name if it has the object's bytes, which an
// earlier try left, and makes it durable: that try may have died before.
func (s *Store) adopt(ctx context.Context, root *os.Root, name string, o destinations.Object) (err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("there is something else than a file: %s", info.Mode())
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, sum, err := digest(ctx, f)
	if err != nil {
		return err
	}
	if size != o.Size || sum != o.SHA256 {
		return destinations.Permanent(fmt.Errorf("another object has this key: %d bytes with SHA-256 %x, ours has %d with %x", size, sum, o.Size, o.SHA256))
	}
	if err := root.Remove(tempName(name, o)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.Sync()
}
