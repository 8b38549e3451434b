package buffer_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hydrant/buffer"
)

func TestALogOnTheRealDisk(t *testing.T) {
	o := options()
	o.Size = 1000
	o.Disk = buffer.NewDisk(0)
	where := filepath.ToSlash(t.TempDir()) + "/streams/clicks/log"
	var want []string
	for life := range 3 {
		l, err := buffer.Open(buffer.RealFS(), where, o)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			r := strings.Repeat("x", len(want))
			want = append(want, r)
			add(t, l, r)
		}
		if life == 1 {
			done(t, l, next(t, l))
		}
		closeLog(t, l)
	}
	l, err := buffer.Open(buffer.RealFS(), where, o)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := o.Disk.Used(), sizeOfSegments(t, where); got != want {
		t.Errorf("%d bytes of the budget are in use, the segments have %d", got, want)
	}
	doneBefore := int(checkBalance(t, l.Consumer(name)).Delivered.Records)
	if got := records(drain(t, l)); doneBefore == 0 || !slices.Equal(got, want[doneBefore:]) {
		t.Errorf("read %d records after %d, want %d in all", len(got), doneBefore, len(want))
	}
	if used, left := o.Disk.Used(), sizeOfSegments(t, where); used != 0 || left != 0 {
		t.Errorf("after delivery %d bytes of the budget are in use, and segments have %d", used, left)
	}
	closeLog(t, l)
}

func sizeOfSegments(t *testing.T, where string) (size int64) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.FromSlash(where), "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		info, err := os.Stat(n)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}

func TestADirectoryHasOneOwner(t *testing.T) {
	for what, fs := range map[string]buffer.FS{"real": buffer.RealFS(), "in memory": newFS()} {
		name := filepath.ToSlash(t.TempDir()) + "/lock"
		lock, err := fs.Lock(name)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := fs.Lock(name); !errors.Is(err, buffer.ErrLocked) {
			t.Errorf("%s: second lock: %v, want ErrLocked", what, err)
		}
		if err := lock.Close(); err != nil {
			t.Errorf("%s: unlock: %v", what, err)
		}
		again, err := fs.Lock(name)
		if err != nil {
			t.Fatalf("%s: lock after unlock: %v", what, err)
		}
		again.Close()
	}
}

// The disk for tests is held to the same as the real one.
func TestFileSystemsKeepTheirWord(t *testing.T) {
	t.Run("real", func(t *testing.T) { testFS(t, buffer.RealFS(), filepath.ToSlash(t.TempDir())) })
	t.Run("in memory", func(t *testing.T) { testFS(t, newFS(), "data") })
}

func testFS(t *testing.T, fs buffer.FS, dir string) {
	if err := fs.MkdirAll(dir + "/a/b"); err != nil {
		t.Fatal(err)
	}
	if err := fs.MkdirAll(dir + "/a/b"); err != nil {
		t.Errorf("MkdirAll of what is there: %v", err)
	}
	f, err := fs.Create(dir + "/a/b/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fs.Create(dir + "/a/b/file"); !errors.Is(err, os.ErrExist) {
		t.Errorf("Create of what is there: %v, want ErrExist", err)
	}
	f.Write([]byte("0123456789"))
	f.Truncate(4)
	f.Write([]byte("x"))
	got := make([]byte, 5)
	if _, err := f.ReadAt(got, 0); err != nil || string(got) != "0123x" {
		t.Errorf("after a cut and a write: %q, %v; want 0123x", got, err)
	}
	if _, err := f.ReadAt(got, 1); err != io.EOF {
		t.Errorf("read beyond the end: %v, want io.EOF", err)
	}
	if size, err := f.Size(); err != nil || size != 5 {
		t.Errorf("size %d, %v; want 5", size, err)
	}
	if err := fs.Rename(dir+"/a/b/file", dir+"/a/b/moved"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(f.Sync(), fs.SyncDir(dir+"/a/b")); err != nil {
		t.Error(err)
	}
	if names, err := fs.ReadDir(dir + "/a/b"); err != nil || !slices.Equal(names, []string{"moved"}) {
		t.Errorf("ReadDir: %q, %v; want moved", names, err)
	}
	if names, err := fs.ReadDir(dir + "/a"); err != nil || !slices.Equal(names, []string{"b"}) {
		t.Errorf("ReadDir: %q, %v; want the directory b", names, err)
	}
	for what, err := range map[string]error{
		"Open":   second(fs.Open(dir + "/a/b/file")),
		"Edit":   second(fs.Edit(dir + "/a/b/file")),
		"Remove": fs.Remove(dir + "/a/b/file"),
		"Rename": fs.Rename(dir+"/a/b/file", dir+"/x"),
	} {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s of what is not there: %v, want ErrNotExist", what, err)
		}
	}
	if err := fs.Remove(dir + "/a/b/moved"); err != nil {
		t.Error(err)
	}
	names, err := fs.ReadDir(dir + "/missing")
	if err != nil || len(names) != 0 {
		t.Errorf("ReadDir of a missing directory: %q, %v; want none", names, err)
	}
}

func second(_ buffer.File, err error) error { return err }

func TestDiskCounts(t *testing.T) {
	d := buffer.NewDisk(100)
	if err := d.Reserve(60); err != nil {
		t.Fatal(err)
	}
	if err := d.Reserve(41); !errors.Is(err, buffer.ErrFull) {
		t.Errorf("Reserve beyond the budget: %v, want ErrFull", err)
	}
	d.Force(60)
	d.Free(10)
	if used, want := d.Used(), int64(110); used != want || d.Max() != 100 {
		t.Errorf("used %d of %d, want %d of 100", used, d.Max(), want)
	}
	var none *buffer.Disk
	none.Force(1)
	if err := none.Reserve(1 << 60); err != nil || none.Used() != 0 || none.Max() != 0 {
		t.Errorf("no budget: %v, %d of %d", err, none.Used(), none.Max())
	}
}

func TestFrameCollectsRecords(t *testing.T) {
	f := buffer.NewFrame(10)
	defer f.Release()
	copy(f.Reserve(100), "first, and more room than needed")
	f.Commit(5)
	f.Reserve(1 << 10) // without Commit it is nothing
	f.Add(nil)
	f.Add([]byte("third"))
	if f.Len() != 3 || f.Bytes() != 10 {
		t.Errorf("frame has %d records of %d bytes, want 3 of 10", f.Len(), f.Bytes())
	}
	l := open(t, newFS(), buffer.Options{Interval: time.Hour, Consumers: []string{name}})
	for range 2 { // a frame can be appended again
		if _, err := l.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	seal(t, l)
	if got, want := read(t, next(t, l)).records, []string{"first", "", "third", "first", "", "third"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	f.Reset()
	if f.Len() != 0 || f.Bytes() != 0 {
		t.Errorf("an empty frame has %d records of %d bytes", f.Len(), f.Bytes())
	}
}
