package configs

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hydrant/formats/column"
)

const minimal = `
delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
`

// loadText loads one file with the given text.
func loadText(t *testing.T, text string, o LoadOptions) (*Config, Diagnostics) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if o.Env == nil {
		o.Env = testEnv
	}
	return Load([]string{path}, o)
}

func mustLoad(t *testing.T, text string, o LoadOptions) *Config {
	t.Helper()
	cfg, diags := loadText(t, text, o)
	if diags.Len() > 0 {
		t.Fatalf("unexpected diagnostics:\n%s", printed(t, diags))
	}
	return cfg
}

func TestEveryDefaultIsFilledIn(t *testing.T) {
	cfg := mustLoad(t, minimal, LoadOptions{})
	wantServer := Server{
		Listen: "127.0.0.1:4573", Admin: "127.0.0.1:4574", DataDir: "./hydrant-data", MaxDisk: 50 << 30, MaxMemory: 512 << 20,
		Region: "us-east-1", Account: "000000000000", MaxConnections: 1024, HeaderTimeout: 10 * time.Second,
		BodyTimeout: time.Minute, IdleTimeout: 2 * time.Minute, Grace: 30 * time.Second, Receipts: 7 * 24 * time.Hour, ReceiptsMax: 256 << 20, Log: Log{Format: "text"},
	}
	if !reflect.DeepEqual(cfg.Server, wantServer) {
		t.Errorf("server: got %+v, want %+v", cfg.Server, wantServer)
	}
	got, ok := cfg.Stream("clicks")
	if !ok {
		t.Fatal("no stream clicks")
	}
	if want := (Buffer{Size: 5 << 20, Interval: 5 * time.Minute, Window: 10 * time.Minute, Keys: 100_000}); got.Buffer != want {
		t.Errorf("buffer: got %+v, want %+v", got.Buffer, want)
	}
	if want := (Format{Kind: "json", Compression: "none", Delimiter: "\n"}); got.Format != want {
		t.Errorf("format: got %+v, want %+v", got.Format, want)
	}
	wantSink := &S3{Bucket: "lake-errors", Prefix: "errors/clicks/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/", TimeZone: "UTC", Region: "us-east-1", PartSize: 16 << 20}
	if !reflect.DeepEqual(got.ErrorSink.S3, wantSink) {
		t.Errorf("error sink: got %+v, want %+v", got.ErrorSink.S3, wantSink)
	}
	if !strings.HasSuffix(got.Declared, "test.hcl:2") {
		t.Errorf("declared: got %q, want .../test.hcl:2", got.Declared)
	}
}

func TestEveryArgumentArrives(t *testing.T) {
	dir := t.TempDir()
	writeCertificates(t, dir)
	cfg, diags := Load([]string{filepath.Join("testdata", "full.hcl")}, LoadOptions{Env: testEnv, Vars: map[string]string{"dir": dir}})
	if diags.Len() > 0 {
		t.Fatalf("unexpected diagnostics:\n%s", printed(t, diags))
	}
	want := fullConfig(dir)
	if !reflect.DeepEqual(cfg.Server, want.Server) {
		t.Errorf("server:\n got %+v\nwant %+v", cfg.Server, want.Server)
	}
	got := cfg.Streams[0]
	for name, pair := range map[string][2]any{
		"buffer": {got.Buffer, want.Streams[0].Buffer}, "transforms": {got.Transforms, want.Streams[0].Transforms},
		"schema": {got.Schema, want.Streams[0].Schema}, "format": {got.Format, want.Streams[0].Format},
		"partition_by": {got.PartitionBy, want.Streams[0].PartitionBy},
		"destination":  {got.Destination, want.Streams[0].Destination}, "error_sink": {got.ErrorSink, want.Streams[0].ErrorSink},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, pair[0], pair[1])
		}
	}
	assertNoZeroField(t, reflect.ValueOf(*cfg), "Config")
}

// assertNoZeroField makes sure that full.hcl sets every field there is.
func assertNoZeroField(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			assertNoZeroField(t, v.Elem(), path)
			return
		}
	case reflect.Slice:
		for i := range v.Len() {
			assertNoZeroField(t, v.Index(i), path)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Secret]() || v.Type() == reflect.TypeFor[column.Type]() {
			break
		}
		for i := range v.NumField() {
			assertNoZeroField(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
		return
	}
	elsewhere := map[string]bool{ // what Parquet has not
		"Config.Streams.Format.Delimiter": true, "Config.Streams.Format.ORC": true,
	}
	if v.IsZero() && !elsewhere[path] {
		t.Errorf("%s is zero: full.hcl does not set it", path)
	}
}

func TestExamplesLoadWithoutAWord(t *testing.T) {
	dir := t.TempDir()
	writeCertificates(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "web.secret"), []byte("a secret of the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) { return "value-of-" + strings.ToLower(name), true }
	vars := map[string]string{"tls_dir": dir, "dir": dir, "bucket": "other", "endpoint": "http://127.0.0.1:9999", "stage": "prod", "listen": "127.0.0.1:0"}
	entries, err := os.ReadDir("examples")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 7 {
		t.Fatalf("%d examples, want at least 7", len(entries))
	}
	for _, e := range entries {
		path := filepath.Join("examples", e.Name())
		known := map[string]string{}
		for name, value := range vars {
			if strings.Contains(textBelow(t, path), `variable "`+name+`"`) {
				known[name] = value
			}
		}
		for what, vars := range map[string]map[string]string{"by default": {"tls_dir": dir}, "overridden": known} {
			if _, has := known["tls_dir"]; !has && what == "by default" {
				vars = nil
			}
			cfg, diags := Load([]string{path}, LoadOptions{Env: env, Vars: vars})
			if diags.Len() > 0 {
				t.Errorf("%s %s:\n%s", e.Name(), what, printed(t, diags))
			} else if len(cfg.Streams) == 0 {
				t.Errorf("%s %s: no stream", e.Name(), what)
			}
		}
	}
}

// textBelow is the text of a file, or of all files in a directory.
func textBelow(t *testing.T, path string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestDirectoryIsReadInOrderOfNameAndNotBelow(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.hcl": minimal, "a.hcl": strings.ReplaceAll(minimal, `"clicks"`, `"views"`),
		".hidden.hcl": "nonsense {", "c.txt": "nonsense {", "below/d.hcl": "nonsense {",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, diags := Load([]string{dir, filepath.Join(dir, "a.hcl")}, LoadOptions{Env: testEnv})
	if diags.Len() > 0 {
		t.Fatalf("unexpected diagnostics:\n%s", printed(t, diags))
	}
	if len(cfg.Streams) != 2 || cfg.Streams[0].Name != "clicks" || cfg.Streams[1].Name != "views" {
		t.Errorf("got %d streams, want clicks and views", len(cfg.Streams))
	}
}

func TestUnreadablePathsSayWhatToDo(t *testing.T) {
	empty := t.TempDir()
	large := filepath.Join(empty, "large.conf")
	if err := os.WriteFile(large, make([]byte, maxFileBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		paths []string
		want  string
	}{
		{"none", nil, "No configuration given: Name a file or a directory of *.hcl files with -c."},
		{"missing", []string{"no/such/dir"}, "Cannot read configuration: no/such/dir: no such file or directory. Check the path, which is taken from the directory that hydrant is started in."},
		{"empty directory", []string{empty}, "No configuration in directory: " + empty + " holds no file whose name ends in .hcl. Folders in it are not searched: name each with a -c of its own."},
		{"too large", []string{large}, "Cannot read configuration: " + large + ": larger than 4 MiB. Check that it's a readable file."},
	} {
		cfg, diags := Load(tc.paths, LoadOptions{Env: testEnv})
		if got := diags.Error(); cfg != nil || got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestVariables(t *testing.T) {
	text := minimal + `
variable "text" { default = "a" }
variable "number" { default = 5 }
variable "flag" { default = false }
variable "list" { default = ["a"] }
variable "late" { default = null }
variable "needed" {}
server {
  region          = var.needed
  max_connections = var.number
  allow_plaintext = var.flag
  max_disk        = var.late
  access_key "A" {
    secret  = env("SECRET")
    streams = var.list
  }
}
`
	cfg := mustLoad(t, text, LoadOptions{Vars: map[string]string{"needed": "eu-west-1", "number": "7", "flag": "true", "list": `["clicks", "c*"]`}})
	s := cfg.Server
	if s.Region != "eu-west-1" || s.MaxConnections != 7 || !s.AllowPlaintext || s.MaxDisk != 50<<30 || len(s.AccessKeys[0].Streams) != 2 {
		t.Errorf("got %+v", s)
	}
	for _, tc := range []struct{ vars, want string }{
		{"number=x", "Invalid value for variable"},
		{"list=x", "Invalid value for variable"},
		{"list=[", "Invalid value for variable"},
		{"nunber=7", "Unknown variable"},
	} {
		name, value, _ := strings.Cut(tc.vars, "=")
		_, diags := loadText(t, text, LoadOptions{Vars: map[string]string{"needed": "eu-west-1", name: value}})
		if got := diags.Entries(); len(got) == 0 || got[0].Summary != tc.want {
			t.Errorf("-var %s: got %+v, want %s", tc.vars, got, tc.want)
		}
	}
}

func TestFunctions(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "name.txt"), []byte("lake\r\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ expr, want string }{
		{`file("name.txt")`, "lake"},
		{`env("SECRET", "x")`, "correct horse of the environment"},
		{`env("NO_SUCH", "fallback")`, "fallback"},
		{`upper(lower("aB"))`, "AB"},
		{`join("-", split(",", "a,b"))`, "a-b"},
		{`join("", concat(["a"], ["b"]))`, "ab"},
		{`format("%s-%03d", "a", 7)`, "a-007"},
		{`jsonencode({ a = [1, true] })`, `{"a":[1,true]}`},
		{`jsondecode("{\"a\":\"b\"}").a`, "b"},
		{`trimspace("  a ")`, "a"},
		{`replace("a.b.c", ".", "-")`, "a-b-c"},
		{`replace("a1b22", "/[0-9]+/", "#")`, "a#b#"},
		{`coalesce(null, "a")`, "a"},
		{`lookup({ a = "b" }, "c", "d")`, "d"},
		{`merge({ a = "1" }, { a = "2" }).a`, "2"},
		{`"${length("four")}${length([1, 2])}"`, "42"},
		{`startswith("abc", "ab") ? "yes" : "no"`, "yes"},
		{`endswith("abc", "ab") ? "yes" : "no"`, "no"},
		{`base64decode(base64encode("lake"))`, "lake"},
		{`try(jsondecode("{"), "bad")`, "bad"},
		{`join(",", [for s in ["a", "b"] : "${s}!"])`, "a!,b!"},
		{`"%{ if true }a%{ else }b%{ endif }"`, "a"},
	} {
		path := filepath.Join(dir, "f.hcl")
		text := minimal + "locals { x = " + tc.expr + " }\nserver { data_dir = local.x }\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, diags := Load([]string{path}, LoadOptions{Env: testEnv})
		if diags.Len() > 0 {
			t.Errorf("%s:\n%s", tc.expr, printed(t, diags))
		} else if cfg.Server.DataDir != tc.want {
			t.Errorf("%s: got %q, want %q", tc.expr, cfg.Server.DataDir, tc.want)
		}
	}
}

func TestLargeBufferForColumnsAndPartitions(t *testing.T) {
	parquet := strings.Replace(minimal, `format "json" {}`, `format "parquet" {}`+"\n"+`schema { 
  column "id" { type = "string" }
}`, 1)
	if got := mustLoad(t, parquet, LoadOptions{}).Streams[0].Buffer.Size; got != 128<<20 {
		t.Errorf("parquet: got %d, want 128 MiB", got)
	}
	parts := strings.Replace(strings.Replace(minimal, `format "json" {}`, `format "json" {}`+"\n"+`partition_by { jq = { r = ".r" } }`, 1), `"clicks/"`, `"clicks/!{partitionKeyFromQuery:r}/"`, 1)
	if got := mustLoad(t, parts, LoadOptions{}).Streams[0].Buffer.Size; got != 128<<20 {
		t.Errorf("partitions: got %d, want 128 MiB", got)
	}
}

func TestNestingIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"brackets":  strings.Repeat("[", 200_000),
		"templates": strings.Repeat(`"${`, 50_000),
		"negations": "a = " + strings.Repeat("!", 200_000),
		"choices":   "a = " + strings.Repeat("a ? b : ", 30_000),
	} {
		cfg, diags := loadText(t, text, LoadOptions{})
		if cfg != nil || !slices.ContainsFunc(diags.Entries(), func(e Entry) bool { return e.Summary == "Nested too deeply" }) {
			t.Errorf("%s: got %s", name, diags.Error())
		}
	}
}

func TestSyntaxErrorCausesNoOtherComplaint(t *testing.T) {
	for name, cut := range map[string]string{
		"partition_by is lost": `delivery_stream "s" {
  partition_by { jq = { a = } }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "x/!{partitionKeyFromQuery:a}/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}`,
		"the end is lost": `delivery_stream "s" {
  format "parquet" {}
  destination "s3" {
    bucket = "lake
  }
`,
		"variables are lost": `variable "a" { default = }
server {
  region = var.b
}`,
		"keys are lost": `server {
  listen = "0.0.0.0:1"
  access_key "A" { secret = }
}`,
	} {
		_, diags := loadText(t, cut, LoadOptions{})
		for _, e := range diags.Entries() {
			for _, cascade := range []string{"Missing", "Unknown", "Open", "Unencrypted", "Parquet", "Partition"} {
				if strings.HasPrefix(e.Summary, cascade) {
					t.Errorf("%s: got %s: %s", name, e.Summary, e.Detail)
				}
			}
		}
		if !diags.HasErrors() {
			t.Errorf("%s: no error", name)
		}
	}
}
