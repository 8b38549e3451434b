package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hydrant/delivery"
)

// records returns n lines of JSON.
func records(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"n\":%d}\n", i)
	}
	return b.String()
}

func status(t *testing.T, r *running) delivery.StreamStatus {
	t.Helper()
	code, out, errs := hydrant(t, "", "status", "--json", "--admin", r.admin)
	var s delivery.Status
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitOK || len(s.Streams) != 1 {
		t.Fatalf("status: code %d, error %v, output\n%s%s", code, err, out, errs)
	}
	return s.Streams[0]
}

func request(t *testing.T, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestWhatIsPutIsDeliveredAfterAStopAndAStart(t *testing.T) {
	dir := t.TempDir()
	config := writeConfig(t, dir, "", "")
	r := start(t, config)
	code, out, errs := hydrant(t, records(1234), "put", "clicks", "--endpoint", r.api)
	if code != exitOK || !strings.Contains(out, "1,234 of 1,234 records accepted") {
		t.Fatalf("put: code %d, output\n%s%s", code, out, errs)
	}
	if s := status(t, r); s.Records.In != 1234 || s.Records.Pending != 1234 || s.OldestPendingSeconds < 0 {
		t.Errorf("got %+v, want 1234 records pending", s.Records)
	}
	if code := r.stop(t); code != exitOK {
		t.Fatalf("got exit code %d after a stop, want 0; log:\n%s", code, r.log)
	}
	if files := filesBelow(t, filepath.Join(dir, "lake")); len(files) != 0 {
		t.Errorf("%d objects before the buffer's interval, want none", len(files))
	}

	r = start(t, config)
	// Recovery seals what it finds, and delivery begins at once.
	if s := status(t, r); s.Records.In != 1234 || s.Records.Pending+s.Records.Delivered != 1234 {
		t.Errorf("after a restart: got %+v, want 1234 records pending or delivered", s.Records)
	}
	if code, body := request(t, http.MethodPost, "http://"+r.admin+"/v1/flush?stream=clicks"); code != http.StatusOK {
		t.Fatalf("flush: %d %s", code, body)
	}
	want := delivery.Amounts{In: 1234, Delivered: 1234}
	if s := status(t, r); s.Records != want {
		t.Errorf("after a flush: got %+v, want %+v", s.Records, want)
	}
	var lines int
	for _, text := range filesBelow(t, filepath.Join(dir, "lake")) {
		lines += strings.Count(text, "\n")
	}
	if lines != 1234 {
		t.Errorf("got %d lines in the lake, want 1234", lines)
	}
	if _, table, _ := hydrant(t, "", "status", "--admin", r.admin); !strings.Contains(table, "1,234") || !strings.Contains(table, "DELIVERED") {
		t.Errorf("status has no table:\n%s", table)
	}
	if code := r.stop(t); code != exitOK {
		t.Errorf("got exit code %d, want 0", code)
	}
}

func TestTheAdminListenerShowsHowItIs(t *testing.T) {
	dir := t.TempDir()
	r := start(t, writeConfig(t, dir, "", ""))
	if code, out, errs := hydrant(t, records(10), "put", "clicks", "--endpoint", r.api, "--quiet"); code != exitOK {
		t.Fatalf("put: code %d, output\n%s%s", code, out, errs)
	}
	for path, want := range map[string]string{
		"/healthz":      "ok",
		"/readyz":       "ok",
		"/v1/status":    `"in":10`,
		"/debug/pprof/": "goroutine",
		"/metrics":      `hydrant_records_total{outcome="in",stream="clicks"} 10`,
	} {
		if code, body := request(t, http.MethodGet, "http://"+r.admin+path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: got %d, want 200 and %q in\n%.2000s", path, code, want, body)
		}
	}
	_, metrics := request(t, http.MethodGet, "http://"+r.admin+"/metrics")
	for _, want := range []string{
		`hydrant_api_requests_total{code="200",operation="PutRecordBatch",source="firehose"} 1`,
		`hydrant_append_seconds_count{stream="clicks"} 1`, `hydrant_pending_records{stream="clicks"} 10`,
		"hydrant_disk_used_bytes ", "hydrant_oldest_pending_seconds", "hydrant_backlog_segments",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics have no %q", want)
		}
	}
	if code, _ := request(t, http.MethodPost, "http://"+r.admin+"/v1/flush?stream=nobody"); code != http.StatusNotFound {
		t.Errorf("flush of an unknown stream: got %d, want 404", code)
	}
	if code, _ := request(t, http.MethodGet, "http://"+r.admin+"/v1/flush"); code != http.StatusMethodNotAllowed {
		t.Errorf("GET of flush: got %d, want 405", code)
	}
}

func TestAdminAnswersNoForeignNames(t *testing.T) {
	r := start(t, writeConfig(t, t.TempDir(), "", ""))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.admin+"/v1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("got %s, want 403", resp.Status)
	}
}

func TestFatalStartErrorsAreOneClearLine(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	shared := t.TempDir()
	start(t, writeConfig(t, shared, "", ""))
	for _, c := range []struct {
		name   string
		config func(dir string) string
		want   string
	}{
		{"port in use", func(dir string) string {
			return replaced(t, writeConfig(t, dir, "", ""), `"127.0.0.1:0"`, fmt.Sprintf("%q", busy.Addr()))
		}, "is in use by another program"},
		{"data directory locked", func(dir string) string {
			return replaced(t, writeConfig(t, dir, "", ""), dir+"/data", shared+"/data")
		}, "another hydrant runs on it"},
		{"data directory below a file", func(dir string) string {
			writeFile(t, filepath.Join(dir, "data"), "a file")
			return writeConfig(t, dir, "", "")
		}, "is a file, not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			code, out, errs := hydrant(t, "", "run", "-c", c.config(dir))
			last := errs[strings.LastIndex(strings.TrimRight(errs, "\n"), "\n")+1:]
			if code != exitFailed || !strings.HasPrefix(last, "hydrant: ") || !strings.Contains(last, c.want) {
				t.Errorf("got code %d, want 1 and %q in the last line of\n%s%s", code, c.want, out, errs)
			}
		})
	}
}

// replaced changes the first old in a file to text.
func replaced(t *testing.T, name, old, text string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s has no %q", name, old)
	}
	return writeFile(t, name, strings.Replace(string(b), old, text, 1))
}

func TestSecretsAreInNoOutput(t *testing.T) {
	const secret, storeSecret = "wJalrXUtnFEMI-K7MDENG", "qLpStoreSecretKey991"
	t.Setenv("HYDRANT_TEST_SECRET", secret)
	dir := t.TempDir()
	config := writeConfig(t, dir, `access_key "AKIDCLICKS" {
    secret  = env("HYDRANT_TEST_SECRET")
    streams = ["clicks"]
  }
  log { level = "debug" }`, "")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, config, string(text)+fmt.Sprintf(`
delivery_stream "orders" {
  format "json" {}
  destination "s3" {
    bucket     = "lake"
    endpoint   = "http://127.0.0.1:1"
    access_key = "AKIDSTORE"
    secret_key = %q
  }
  error_sink "s3" { bucket = "file://%s/order-errors" }
}`, storeSecret, dir))
	var all strings.Builder
	r := start(t, config)
	for _, args := range [][]string{
		{"validate", "-c", config}, {"validate", "--json", "-c", config},
		{"describe", "-c", config}, {"describe", "--json", "-c", config},
		{"put", "clicks", "-c", config, "--endpoint", r.api}, {"put", "orders", "-c", config, "--endpoint", r.api},
		{"status", "--admin", r.admin}, {"status", "--json", "--admin", r.admin},
		{"run", "-c", config}, // refused: the data directory is in use
	} {
		code, out, errs := hydrant(t, records(3), args...)
		fmt.Fprintf(&all, "%v: %d\n%s%s\n", args, code, out, errs)
	}
	for _, path := range []string{"/metrics", "/v1/status"} {
		_, body := request(t, http.MethodGet, "http://"+r.admin+path)
		all.WriteString(body)
	}
	if s := all.String(); !strings.Contains(s, "3 of 3 records accepted") {
		t.Errorf("a signed put of 3 records was not accepted:\n%s", s)
	}
	r.stop(t)
	all.WriteString(r.log.String())
	for _, s := range []string{secret, storeSecret} {
		if i := strings.Index(all.String(), s); i >= 0 {
			t.Errorf("a secret was printed: %q", all.String()[max(i-200, 0):i+len(s)])
		}
	}
}
