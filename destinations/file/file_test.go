package file_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hydrant/destinations"
	"hydrant/destinations/destinationtest"
	"hydrant/destinations/file"
)

func open(t testing.TB) destinationtest.Bucket {
	dir := filepath.Join(t.TempDir(), "lake", "new")
	s, err := file.New("file://" + dir)
	if err != nil {
		t.Fatal(err)
	}
	return destinationtest.Bucket{Destination: s, Objects: func(t testing.TB) map[string]string { return filesBelow(t, dir) }}
}

func filesBelow(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		key, rerr := filepath.Rel(dir, path)
		found[filepath.ToSlash(key)] = string(data)
		return errors.Join(err, rerr)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

func TestLinkedObjects(t *testing.T) { destinationtest.Run(t, open) }

// copying hides the staged file's path, as if it lay on another file system.
type copying struct{ *file.Store }

func (c copying) Deliver(ctx context.Context, b destinations.Batch) error {
	b.Objects = append([]destinations.Object(nil), b.Objects...)
	for i := range b.Objects {
		b.Objects[i].Path = ""
	}
	return c.Store.Deliver(ctx, b)
}

func TestCopiedObjects(t *testing.T) {
	destinationtest.Run(t, func(t testing.TB) destinationtest.Bucket {
		b := open(t)
		b.Destination = copying{b.Destination.(*file.Store)}
		return b
	})
}

func TestAnObjectIsALinkOfTheStagedFile(t *testing.T) {
	b := open(t)
	o := destinationtest.Object(t, "a/b", "x")
	if err := b.Destination.Deliver(t.Context(), destinationtest.BatchOf(o)); err != nil {
		t.Fatal(err)
	}
	staged, err := os.Stat(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	delivered, err := os.Stat(filepath.Join(b.Destination.(*file.Store).Dir(), "a", "b"))
	if err != nil || !os.SameFile(staged, delivered) {
		t.Errorf("the object was copied (%v), want a link", err)
	}
}

func TestKeysStayBelowTheDirectory(t *testing.T) {
	for _, key := range []string{"../x", "a/../../x", "a/..", ".", "a/./b", "", "a/", "a\x00b", strings.Repeat("x", 256)} {
		b := open(t)
		err := b.Destination.Deliver(t.Context(), destinationtest.BatchOf(destinationtest.Object(t, key, "x")))
		var partial *destinations.PartialError
		if !errors.As(err, &partial) || !destinations.IsPermanent(partial.Failed[0]) {
			t.Errorf("key %.20q gives %v, want a permanent error", key, err)
		}
		if got := b.Objects(t); len(got) != 0 {
			t.Errorf("key %.20q: there are %v", key, got)
		}
	}
}

func TestSymbolicLinksDoNotLeadOut(t *testing.T) {
	for name, o := range map[string]func(destinations.Object) destinations.Object{
		"link": func(o destinations.Object) destinations.Object { return o },
		"copy": func(o destinations.Object) destinations.Object { o.Path = ""; return o },
	} {
		dir, outside := t.TempDir(), t.TempDir()
		if err := os.Symlink(outside, filepath.Join(dir, "out")); err != nil {
			t.Fatal(err)
		}
		s, err := file.New("file://" + dir)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Deliver(t.Context(), destinationtest.BatchOf(o(destinationtest.Object(t, "out/x", "x"))))
		if err == nil || destinations.IsPermanent(err) {
			t.Errorf("%s: got %v, want an error that an operator cures", name, err)
		}
		if got := filesBelow(t, outside); len(got) != 0 {
			t.Errorf("%s: written outside: %v", name, got)
		}
	}
}

func TestALeftoverCopyIsReplaced(t *testing.T) {
	b := open(t)
	dir := b.Destination.(*file.Store).Dir()
	o := destinationtest.Object(t, "a/b", "whole")
	o.Path = ""
	ctx, crash := context.WithCancel(t.Context())
	stopped := o
	stopped.Open = func() (r io.ReadSeekCloser, err error) { crash(); return o.Open() }
	if err := b.Destination.Deliver(ctx, destinationtest.BatchOf(stopped)); err == nil {
		t.Fatal("a cancelled copy succeeds")
	}
	if got := filesBelow(t, dir); len(got) != 0 {
		t.Errorf("a failed copy leaves %v", got)
	}
	if err := b.Destination.Deliver(t.Context(), destinationtest.BatchOf(o)); err != nil {
		t.Fatal(err)
	}
	if got := filesBelow(t, dir); len(got) != 1 || got["a/b"] != "whole" {
		t.Errorf("there are %v, want only a/b", got)
	}
}

func TestAFolderThatWasRemovedIsMadeAgain(t *testing.T) {
	b := open(t)
	dir := b.Destination.(*file.Store).Dir()
	for _, key := range []string{"a/b/1", "a/b/2"} {
		if err := b.Destination.Deliver(t.Context(), destinationtest.BatchOf(destinationtest.Object(t, key, "x"))); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBadBucketsAreRefused(t *testing.T) {
	for _, bucket := range []string{"lake", "file://lake", "file:///%zz", "file:lake", ""} {
		if _, err := file.New(bucket); err == nil {
			t.Errorf("%q is accepted", bucket)
		}
	}
}
