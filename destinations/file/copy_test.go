package file

import (
	"os"
	"path/filepath"
	"testing"

	"hydrant/destinations/destinationtest"
)

// What a crash leaves behind at each step of a copy, and the next try makes
// good.
func TestACrashDuringACopyLeavesNothingForLong(t *testing.T) {
	for name, crash := range map[string]func(t *testing.T, temp, final string){
		"half a copy":       func(t *testing.T, temp, _ string) { write(t, temp, "who") },
		"a whole copy":      func(t *testing.T, temp, _ string) { write(t, temp, "whole") },
		"too long a copy":   func(t *testing.T, temp, _ string) { write(t, temp, "whole and more") },
		"named, not tidied": func(t *testing.T, temp, final string) { write(t, temp, "whole"); write(t, final, "whole") },
	} {
		dir := t.TempDir()
		s, err := New("file://" + dir)
		if err != nil {
			t.Fatal(err)
		}
		o := destinationtest.Object(t, "a/b", "whole")
		o.Path = ""
		if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
			t.Fatal(err)
		}
		crash(t, filepath.Join(dir, tempName("a/b", o)), filepath.Join(dir, "a", "b"))
		if err := s.Deliver(t.Context(), destinationtest.BatchOf(o)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		names, err := os.ReadDir(filepath.Join(dir, "a"))
		data, rerr := os.ReadFile(filepath.Join(dir, "a", "b"))
		if err != nil || rerr != nil || len(names) != 1 || string(data) != "whole" {
			t.Errorf("%s: there are %v with %q (%v, %v), want only the object", name, names, data, err, rerr)
		}
	}
}

func write(t *testing.T, name, data string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}
