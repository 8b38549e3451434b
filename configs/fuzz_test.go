package configs

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad feeds Load with any text: it may refuse it, and must not panic,
// return a config beside an error, or point outside of the text.
func FuzzLoad(f *testing.F) {
	for _, dir := range []string{"examples", "testdata"} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".hcl") {
				return err
			}
			text, err := os.ReadFile(path)
			f.Add(text)
			return err
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.hcl")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, diags := Load([]string{path}, LoadOptions{Env: testEnv})
		if (cfg == nil) != diags.HasErrors() {
			t.Errorf("config is nil: %t, errors: %t", cfg == nil, diags.HasErrors())
		}
		for _, one := range diags.list {
			if r := one.Subject; r != nil && r.Filename == path && (r.Start.Byte < 0 || r.End.Byte > len(text) || r.End.Byte < r.Start.Byte) {
				t.Errorf("%s: range %v of %d bytes", one.Summary, r, len(text))
			}
		}
		if out := printed(t, diags); diags.Len() > 0 && !strings.Contains(out, ": ") {
			t.Errorf("printed: %q", out)
		}
		if cfg != nil {
			for _, s := range cfg.Streams {
				Fingerprint(s)
			}
		}
	})
}
