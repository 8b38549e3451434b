package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/firehose"

	"hydrant/integration/harness"
)

// An example is one of configs/examples, with records to try it with.
type example struct {
	records map[string][]string // by stream
	objects string              // bucket and prefix where their objects must be
	key     string              // of the API; "": none
}

var examples = map[string]example{
	"truck-telemetry": {
		records: map[string][]string{"trucks": {"t-17,2026-01-02T03:04:05Z,37.5,127.0,61.3,\n", "t-18,2026-01-02T03:04:06Z,37.6,127.1,0.0,parked\n"}},
		objects: "lake/trucks/dt=",
	},
	"app-logs": {
		records: map[string][]string{"app-logs": {"{\"level\":\"info\",\"msg\":\"hello\"}\n", "{\"level\":\"warn\"}\n"}},
		objects: "logs/app/",
	},
	"clickstream": {
		records: map[string][]string{"clicks": {`{"geo":{"country":"KR"},"n":1}` + "\n", `{"geo":{"country":"DE"},"n":2}` + "\n", `{"n":3}` + "\n"}},
		objects: "clicks/clicks/country=kr/dt=",
	},
	"raw-archive": {
		records: map[string][]string{"archive": {"anything \x00\xff", "at all"}},
		objects: "archive/raw/",
	},
	"ndjson-to-parquet": {
		records: map[string][]string{"orders": {`{"id":"a-1","ts":"2026-01-02T03:04:05Z","amount":12.5}` + "\n"}},
		objects: "file/orders/",
	},
	"orc": {
		records: map[string][]string{"payments": {`{"id":"a-1","ts":"2026-01-02T03:04:05Z","amount":"12.50"}` + "\n"}},
		objects: "file/payments/",
	},
	"several-streams": {
		records: map[string][]string{
			"orders": {`{"order_id":1,"customer":"c","total":"12.50","paid":true,"at":"2026-01-02 03:04:05"}` + "\n"},
			"views":  {`{"page":"/"}` + "\n", `{"page":"/a"}` + "\n"},
		},
		objects: "shop-dev/views/dt=",
	},
	"tls-and-keys": {
		records: map[string][]string{"web-visits": {"{\"page\":\"/\"}\n"}},
		objects: "file/visits/",
		key:     "AKIDWEB",
	},
}

func TestEveryExampleRuns(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(repoFile(t, "configs/examples"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".hcl")
		if !e.IsDir() && name == e.Name() {
			continue // no config
		}
		n++
		ex, ok := examples[name]
		if !ok {
			t.Errorf("configs/examples/%s has no records here to try it with", e.Name())
			continue
		}
		t.Run(name, func(t *testing.T) { runExample(t, ex, repoFile(t, "configs/examples/"+e.Name())) })
	}
	if n < 6 {
		t.Errorf("%d examples, want at least 6", n)
	}
}

// runExample runs an example on addresses, folders and an S3 server of the
// test, sends its records, and waits until all are delivered.
func runExample(t *testing.T, ex example, path string) {
	s3 := startS3(t, "lake", "lake-errors", "logs", "logs-errors", "clicks", "clicks-errors", "archive", "archive-errors", "shop-dev", "shop-dev-errors")
	d := newDaemon(t, "", "")
	d.UseConfig(adapt(t, d, path))
	dir, certs := t.TempDir(), newCertificate(t)
	text := allText(t, path)
	for name, value := range map[string]string{
		"endpoint": s3.Endpoint(), "dir": filepath.Join(dir, "file"), "listen": d.Listen, "tls_dir": certs.dir,
	} {
		if strings.Contains(text, fmt.Sprintf("variable %q", name)) {
			d.Flags = append(d.Flags, "--var", name+"="+value)
		}
	}
	if err := os.WriteFile(filepath.Join(certs.dir, "web.secret"), []byte(apiSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Env = append(d.Env, "S3_ACCESS_KEY="+harness.S3AccessKey, "S3_SECRET_KEY="+harness.S3SecretKey, "HYDRANT_OPS_SECRET=ops-secret-of-the-test")
	start(t, d)

	client := d.Firehose("any", "any")
	if ex.key != "" {
		client = firehose.New(d.Firehose(ex.key, apiSecret).Options(), certs.trust("https://"+d.Listen))
	}
	for stream, records := range ex.records {
		var data [][]byte
		for _, r := range records {
			data = append(data, []byte(r))
		}
		if err := harness.Put(t.Context(), client, stream, data); err != nil {
			t.Fatal(err)
		}
		if s := drained(t, d, stream, int64(len(data))); s.Records.Delivered != s.Records.In {
			t.Errorf("stream %s: %+v, want all delivered", stream, s.Records)
		}
	}
	bucket, prefix, _ := strings.Cut(ex.objects, "/")
	if bucket == "file" {
		if len(filesBelow(t, filepath.Join(dir, ex.objects))) == 0 {
			t.Errorf("no file below %s", ex.objects)
		}
	} else if keys, err := s3.Keys(t.Context(), bucket, prefix); err != nil || len(keys) == 0 {
		t.Errorf("%d objects at %s, %v; want some", len(keys), ex.objects, err)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
}

// What adapt changes in an example: how long a test would wait, and where on
// this machine it would listen and write.
var (
	times    = regexp.MustCompile(`"[0-9]+[sm]"`)
	streams  = regexp.MustCompile(`(?m)^delivery_stream .*\{\n`)
	dataDirs = regexp.MustCompile(`data_dir\s*= *"[^"]*"`)
	servers  = regexp.MustCompile(`(?m)^server \{\n`)
)

// adapt copies an example's file, or its folder's files, and returns the copy.
func adapt(t *testing.T, d *harness.Daemon, path string) string {
	t.Helper()
	to := filepath.Join(d.Dir, "example")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	hasServer := servers.MatchString(allText(t, path))
	addresses := fmt.Sprintf("  admin = %q\n", d.Admin)
	if !strings.Contains(allText(t, path), "var.listen") {
		addresses += fmt.Sprintf("  listen = %q\n", d.Listen)
	}
	for _, file := range exampleFiles(t, path) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b = times.ReplaceAll(b, []byte(`"1s"`))
		if !bytes.Contains(b, []byte("interval")) {
			b = streams.ReplaceAll(b, []byte("${0}  buffer { interval = \"1s\" }\n"))
		}
		b = dataDirs.ReplaceAll(b, fmt.Appendf(nil, "data_dir = %q", d.DataDir()))
		b = servers.ReplaceAll(b, []byte("server {\n"+addresses))
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !hasServer {
		text := fmt.Sprintf("server {\n%s  data_dir = %q\n}\n", addresses, d.DataDir())
		if err := os.WriteFile(filepath.Join(to, "addresses.hcl"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// exampleFiles returns the file itself, or a folder's *.hcl files.
func exampleFiles(t *testing.T, path string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(file) == ".hcl" {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func allText(t *testing.T, path string) string {
	t.Helper()
	var all bytes.Buffer
	for _, file := range exampleFiles(t, path) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
