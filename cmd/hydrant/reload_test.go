package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// another adds a stream to a configuration.
func another(t *testing.T, config, dir, name string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, config, string(text)+`
delivery_stream "`+name+`" {
  format "json" {}
  destination "s3" {
    bucket = "file://`+dir+`/lake"
    prefix = "`+name+`/"
  }
  error_sink "s3" { bucket = "file://`+dir+`/errors" }
}
`)
}

func TestAReloadTakesOverWhatPlanSaid(t *testing.T) {
	dir := t.TempDir()
	config := writeConfig(t, dir, `max_disk = "1GiB"`, "")
	r := start(t, config)
	if code, out, errs := hydrant(t, records(3), "put", "clicks", "--endpoint", r.api, "-q"); code != exitOK {
		t.Fatalf("put: %d %s%s", code, out, errs)
	}
	if code, out, _ := hydrant(t, "", "plan", "-c", config, "--admin", r.admin); code != exitOK || !strings.Contains(out, "Nothing changes.") {
		t.Errorf("plan of the same: %d %s", code, out)
	}
	replaced(t, config, "clicks/dt=", "moved/dt=")
	replaced(t, config, `"1GiB"`, `"2GiB"`)
	another(t, config, dir, "orders")
	for _, args := range [][]string{{"plan", "-c", config}, {"reload"}} {
		code, out, errs := hydrant(t, "", append(args, "--admin", r.admin)...)
		if code != exitOK {
			t.Fatalf("%s: %d %s%s", args[0], code, out, errs)
		}
		for _, want := range []string{
			"+ stream orders is added", "~ stream clicks is changed", "destination.prefix: clicks/dt=!{timestamp:yyyy-MM-dd}/ becomes moved/dt=",
			"3 records are pending", "server max_disk: 1GiB becomes 2GiB; takes effect at the next start",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s has no %q:\n%s", args[0], want, out)
			}
		}
	}
	if code, out, errs := hydrant(t, records(2), "put", "orders", "--endpoint", r.api, "-q"); code != exitOK {
		t.Fatalf("put into the new stream: %d %s%s", code, out, errs)
	}
	flushAll(t, r)
	for name := range filesBelow(t, filepath.Join(dir, "lake")) {
		if !strings.HasPrefix(name, filepath.Join(dir, "lake", "moved")) && !strings.HasPrefix(name, filepath.Join(dir, "lake", "orders")) {
			t.Errorf("object %s, want the new prefix", name)
		}
	}
	replaced(t, config, `format "json" {}`, `formt "json" {}`)
	code, out, errs := hydrant(t, "", "reload", "--admin", r.admin)
	if code != exitFailed || !strings.Contains(errs, "Did you mean") || !strings.Contains(errs, "old one stays in force") {
		t.Errorf("a broken configuration: %d %s%s", code, out, errs)
	}
	if code, _, errs := hydrant(t, records(1), "put", "clicks", "--endpoint", r.api, "-q"); code != exitOK {
		t.Errorf("put after a refused reload: %d %s", code, errs)
	}
	r.stop(t)
	replaced(t, config, `formt "json" {}`, `format "json" {}`)
	replaced(t, config, "moved/", "again/")
	code, out, errs = hydrant(t, "", "plan", "-c", config, "--data-dir", filepath.Join(dir, "data"))
	if code != exitOK || !strings.Contains(out, "becomes again/") || !strings.Contains(out, "1 record ") {
		t.Errorf("plan of a stopped data directory: %d %s%s", code, out, errs)
	}
}

func flushAll(t *testing.T, r *running) {
	t.Helper()
	if code, body := request(t, "POST", "http://"+r.admin+"/v1/flush"); code != 200 {
		t.Fatalf("flush: %d %s", code, body)
	}
}

func TestAccessKeysChangeWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HYDRANT_TEST_SECRET", "first-secret-123")
	config := writeConfig(t, dir, `access_key "AKID" { secret = env("HYDRANT_TEST_SECRET") }`, "")
	r := start(t, config)
	put := func() int {
		code, _, _ := hydrant(t, records(1), "put", "clicks", "-c", config, "--endpoint", r.api, "-q")
		return code
	}
	if code := put(); code != exitOK {
		t.Fatalf("put with the first key: %d", code)
	}
	t.Setenv("HYDRANT_TEST_SECRET", "second-secret-456")
	if code := put(); code == exitOK {
		t.Error("a secret that the daemon does not know was taken")
	}
	code, out, errs := hydrant(t, "", "plan", "-c", config, "--admin", r.admin)
	if code != exitOK || !strings.Contains(out, "access_key.AKID.secret: another secret") || strings.Contains(out, "second-secret") {
		t.Errorf("plan: %d %s%s", code, out, errs)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.log.wait(t, "the configuration was reloaded")
	if code := put(); code != exitOK {
		t.Errorf("put with the second key: %d", code)
	}
}

func TestARemovedStreamIsForgottenAndAnOrphanIsTold(t *testing.T) {
	dir := t.TempDir()
	config := writeConfig(t, dir, "", "")
	another(t, config, dir, "orders")
	r := start(t, config)
	for _, stream := range []string{"clicks", "orders"} {
		if code, _, errs := hydrant(t, records(4), "put", stream, "--endpoint", r.api, "-q"); code != exitOK {
			t.Fatalf("put: %d %s", code, errs)
		}
	}
	both, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, config, string(both[:strings.Index(string(both), `delivery_stream "orders"`)]))
	code, out, errs := hydrant(t, "", "reload", "--admin", r.admin)
	if code != exitOK || !strings.Contains(out, "- stream orders is removed") || !strings.Contains(out, "4 records that it holds are delivered first") {
		t.Errorf("reload: %d %s%s", code, out, errs)
	}
	r.log.wait(t, "a removed stream is drained")
	if files := filesBelow(t, filepath.Join(dir, "lake", "orders")); len(files) != 1 {
		t.Errorf("%d objects of the removed stream, want 1", len(files))
	}
	r.stop(t)

	if err := os.Rename(filepath.Join(dir, "data/streams/clicks"), filepath.Join(dir, "data/streams/lost")); err != nil {
		t.Fatal(err)
	}
	r = start(t, config)
	if line := r.log.wait(t, "not in the configuration"); !strings.Contains(line, "stream=lost") || !strings.Contains(line, "records=4") {
		t.Errorf("log line %s, want the orphan and its 4 records", line)
	}
	if _, out, _ := hydrant(t, "", "status", "--admin", r.admin); !strings.Contains(out, "orphaned lost: 4 records") || !strings.Contains(out, "hydrant segments export lost") {
		t.Errorf("status does not tell the orphan:\n%s", out)
	}
	file := filepath.Join(dir, "out.ndjson")
	code, out, errs = hydrant(t, "", "segments", "export", "lost", "--data-dir", filepath.Join(dir, "data"), "-o", file)
	if b, err := os.ReadFile(file); code != exitOK || err != nil || string(b) != records(4) {
		t.Errorf("export: %d %s%s, file %q, %v", code, out, errs, b, err)
	}
}

func TestTheLogCanBeLookedInto(t *testing.T) {
	dir := t.TempDir()
	config := writeConfig(t, dir, "", "")
	data := filepath.Join(dir, "data")
	r := start(t, config)
	if code, _, errs := hydrant(t, records(3), "put", "clicks", "--endpoint", r.api, "-q"); code != exitOK {
		t.Fatalf("put: %d %s", code, errs)
	}
	code, out, _ := hydrant(t, "", "segments", "ls", "--data-dir", data)
	if code != exitOK || !strings.Contains(out, "open") || !strings.Contains(out, "clicks") {
		t.Errorf("ls: %d %s", code, out)
	}
	if code, out, _ = hydrant(t, "", "segments", "cat", "clicks", "--data-dir", data); code != exitOK || out != records(3) {
		t.Errorf("cat: %d %q", code, out)
	}
	code, out, _ = hydrant(t, "", "segments", "cat", "-c", config, "--json")
	m := regexp.MustCompile(`"id":"([0-9a-f]{52})"`).FindAllStringSubmatch(out, -1)
	if code != exitOK || len(m) != 3 {
		t.Fatalf("cat --json: %d %s", code, out)
	}
	if code, out, errs := hydrant(t, "", "where", m[2][1], "--admin", r.admin); code != exitOK || !strings.Contains(out, "pending: stream clicks") {
		t.Errorf("where: %d %s%s", code, out, errs)
	}
	if code, out, errs := hydrant(t, "", "segments", "check", "--data-dir", data); code != exitOK || !strings.Contains(out, "no damage") {
		t.Errorf("check: %d %s%s", code, out, errs)
	}
	flushAll(t, r)
	for _, args := range [][]string{{"--admin", r.admin}, {"--data-dir", data}} {
		code, out, errs := hydrant(t, "", append([]string{"where", m[2][1]}, args...)...)
		if code != exitOK || !strings.Contains(out, "delivered: file://"+dir+"/lake clicks/dt=") {
			t.Errorf("where %q: %d %s%s", args, code, out, errs)
		}
	}
	if code, out, _ := hydrant(t, "", "where", strings.Repeat("0", 52), "--admin", r.admin); code != exitFailed || !strings.Contains(out, "unknown") {
		t.Errorf("where of nothing: %d %s", code, out)
	}
	if code, _, _ := hydrant(t, "", "where", "nonsense", "--admin", r.admin); code != exitUsage {
		t.Errorf("where of no id: %d, want %d", code, exitUsage)
	}
	if code, out, _ := hydrant(t, "", "segments", "ls", "--data-dir", data); code != exitOK || !strings.Contains(out, "nothing is pending") {
		t.Errorf("ls after a flush: %d %s", code, out)
	}
	if code, _, errs := hydrant(t, records(5), "put", "clicks", "--endpoint", r.api, "-q"); code != exitOK {
		t.Fatalf("put: %d %s", code, errs)
	}
	r.stop(t)
	spoil(t, filepath.Join(data, "streams/clicks/log"))
	code, out, errs := hydrant(t, "", "segments", "check", "clicks", "--data-dir", data)
	if code != exitPartial || !strings.Contains(out, "damage") {
		t.Errorf("check of a spoilt log: %d %s%s", code, out, errs)
	}
}

// spoil changes a byte of a ledger's first line.
func spoil(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	b[12] ^= 1
	writeFile(t, filepath.Join(dir, "ledger"), string(b))
}
