package buffertest_test

import (
	"bytes"
	"testing"

	"hydrant/buffer/buffertest"
)

// TestAFailedSyncIsNotMadeGoodByTheNext: what it should have written is lost
// in a power cut, though it is read until then; what came after it is kept.
func TestAFailedSyncIsNotMadeGoodByTheNext(t *testing.T) {
	fs := buffertest.NewFS()
	f, err := fs.Create("/f")
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	fs.Fail(&buffertest.Fault{})
	if err := f.Sync(); err == nil {
		t.Fatal("sync worked, want it to fail")
	}
	fs.Fail(nil)
	write("two")
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := fs.SyncDir("/"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what string
		fs   *buffertest.FS
		want string
	}{{"now", fs, "onetwo"}, {"after a power cut", fs.Crash(), "\x00\x00\x00two"}} {
		if got, err := tt.fs.ReadFile("/f"); err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.what, got, err, tt.want)
		}
	}
}

// TestAReorderedPowerCutLosesTheEarlierAndKeepsTheLater, for some seed.
func TestAReorderedPowerCutLosesTheEarlierAndKeepsTheLater(t *testing.T) {
	fs := buffertest.NewFS()
	f, err := fs.Create("/f")
	if err != nil {
		t.Fatal(err)
	}
	if err := fs.SyncDir("/"); err != nil {
		t.Fatal(err)
	}
	for _, c := range "ab" {
		if _, err := f.Write(bytes.Repeat([]byte(string(c)), 600)); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range uint64(100) {
		got, err := fs.CrashReordered(seed).ReadFile("/f")
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 1200 && got[0] == 0 && got[1199] == 'b' {
			return
		}
	}
	t.Error("no seed loses the first write and keeps the second")
}

// TestAFullDiskTakesWhatFits and no more.
func TestAFullDiskTakesWhatFits(t *testing.T) {
	fs := buffertest.NewFS()
	fs.Limit(10)
	f, err := fs.Create("/f")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Write(make([]byte, 12)); n != 10 || err == nil {
		t.Errorf("a write of 12 bytes on a disk of 10 = %d, %v, want 10 and an error", n, err)
	}
	if free, total := fs.Space(); free != 0 || total != 10 {
		t.Errorf("free and total = %d, %d, want 0, 10", free, total)
	}
}
