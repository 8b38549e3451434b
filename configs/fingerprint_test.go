package configs

import (
	"path/filepath"
	"testing"

	"hydrant/formats/column"
)

// TestFingerprintStays holds the hash to what an earlier release computed: a
// change of it would make a new version of every stream at an upgrade.
func TestFingerprintStays(t *testing.T) {
	dir := t.TempDir()
	writeCertificates(t, dir)
	full, diags := Load([]string{filepath.Join("testdata", "full.hcl")}, LoadOptions{Env: testEnv, Vars: map[string]string{"dir": dir}})
	if diags.HasErrors() {
		t.Fatal(printed(t, diags))
	}
	for name, pair := range map[string][2]string{
		"minimal": {Fingerprint(mustLoad(t, minimal, LoadOptions{}).Streams[0]), "8bdb71f0ff23f04d37f28c62cd3d54a1a12d4ea1b7bb67f7ed0cd567ec1b9b04"},
		"full":    {Fingerprint(full.Streams[0]), "305b39217ecd871e7bbfcfb4dd4df3a173bacbbf419f5f3146a8b84e17be002c"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %s, want %s", name, pair[0], pair[1])
		}
	}
}

func TestFingerprintFollowsTheObjects(t *testing.T) {
	base := func() Stream { return fullConfig("/").Streams[0] }
	want := Fingerprint(base())
	for name, change := range map[string]func(s *Stream){
		"secret":     func(s *Stream) { s.Destination.S3.SecretKey = NewSecret("other") },
		"access key": func(s *Stream) { s.Destination.S3.AccessKey = "other" },
		"part size":  func(s *Stream) { s.Destination.S3.PartSize++ },
		"path style": func(s *Stream) { s.Destination.S3.PathStyle = !s.Destination.S3.PathStyle },
		"durability": func(s *Stream) { s.Buffer.Async = !s.Buffer.Async },
		"max_disk":   func(s *Stream) { s.Buffer.MaxDisk++ },
		"place":      func(s *Stream) { s.Declared = "elsewhere:1" },
	} {
		s := base()
		change(&s)
		if Fingerprint(s) != want {
			t.Errorf("%s changes the fingerprint", name)
		}
	}
	seen := map[string]string{want: "nothing"}
	for name, change := range map[string]func(s *Stream){
		"size":      func(s *Stream) { s.Buffer.Size++ },
		"interval":  func(s *Stream) { s.Buffer.Interval++ },
		"transform": func(s *Stream) { s.Transforms[0].CSVToJSON.Skip = nil },
		"no schema": func(s *Stream) { s.Schema = nil },
		"type":      func(s *Stream) { s.Schema.Columns[1].Type.Scale++ },
		"column": func(s *Stream) {
			s.Schema.Columns = append(s.Schema.Columns, column.Column{Name: "x", Type: column.Type{Kind: column.Int}})
		},
		"compression": func(s *Stream) { s.Format.Compression = "none" },
		"query":       func(s *Stream) { s.PartitionBy[0].Query = ".r" },
		"prefix":      func(s *Stream) { s.Destination.S3.Prefix = "x/" },
		"bucket":      func(s *Stream) { s.Destination.S3.Bucket = "sea" },
		"tags":        func(s *Stream) { s.Destination.S3.Tags = nil },
		"errors":      func(s *Stream) { s.ErrorSink.S3.Prefix = "x/" },
		"time zone":   func(s *Stream) { s.Destination.S3.TimeZone = "UTC" },
	} {
		s := base()
		change(&s)
		got := Fingerprint(s)
		if other, same := seen[got]; same {
			t.Errorf("%s gives the fingerprint of %s", name, other)
		}
		seen[got] = name
	}
}
