package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hydrant/integration/harness"
)

// hydrant runs the program to its end in dir and checks its exit code.
func hydrant(t *testing.T, dir string, wantCode int, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, code, err := harness.Run(ctx, program, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	if code != wantCode {
		t.Fatalf("hydrant %s: exit code %d, want %d: %s", strings.Join(args, " "), code, wantCode, out)
	}
	return out
}

func TestASecondDaemonOnTheSameDataDirRefusesToStart(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	streams := stream("one", "  format \"json\" {}\n", out, out)
	first := startDaemon(t, "", streams)
	second := newDaemon(t, "", streams)
	if err := os.Symlink(first.DataDir(), second.DataDir()); err != nil {
		t.Fatal(err)
	}
	if err := second.Launch(); err != nil {
		t.Fatal(err)
	}
	code, err := second.Wait(30 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if log := second.Tail(4000); code == 0 || !strings.Contains(log, "is in use") {
		t.Errorf("exit code %d, want a failure that says who has the folder: %s", code, log)
	}
	if err := harness.PutOne(t.Context(), first.Firehose("any", "any"), "one", []byte("{}\n")); err != nil {
		t.Errorf("the first daemon afterwards: %v", err)
	}
	drained(t, first, "one", 1)
}

func TestStatusPutAndStopWorkFromTheCommandLine(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	d := startDaemon(t, "", stream("typed_in", "  format \"json\" {}\n", out, out))
	file := writeFile(t, "rows.ndjson", strings.Repeat("{\"a\":1}\n", 1234))
	hydrant(t, d.Dir, 0, "put", "typed_in", "-c", d.Config(), file)
	drained(t, d, "typed_in", 1234)
	status, err := harness.DecodeStatus([]byte(hydrant(t, d.Dir, 0, "status", "--json", "-c", d.Config())))
	if err != nil {
		t.Fatal(err)
	}
	if got := status["typed_in"].Records; got.In != 1234 || got.Delivered != 1234 {
		t.Errorf("hydrant status --json: %+v, want 1234 in and delivered", got)
	}
	if table := hydrant(t, d.Dir, 0, "status", "-c", d.Config()); !strings.Contains(table, "typed_in") || !strings.Contains(table, "1234") && !strings.Contains(table, "1,234") {
		t.Errorf("hydrant status prints no row of the stream: %s", table)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
	if got := len(lines(t, objects(t, nil, out, "typed_in/"))); got != 1234 {
		t.Errorf("%d lines delivered, want 1234", got)
	}
}

func TestStopKeepsWhatIsNotYetDelivered(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	slow := strings.Replace(stream("kept", "  format \"json\" {}\n", out, out), `interval = "1s"`, `interval = "900s"`, 1)
	d := startDaemon(t, "", slow)
	if err := harness.Put(t.Context(), d.Firehose("any", "any"), "kept", [][]byte{[]byte("{\"a\":1}\n")}); err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := d.Configure("", stream("kept", "  format \"json\" {}\n", out, out)); err != nil {
		t.Fatal(err)
	}
	start(t, d)
	drained(t, d, "kept", 1)
	if got := len(lines(t, objects(t, nil, out, "kept/"))); got != 1 {
		t.Errorf("%d lines delivered, want the one from before the stop", got)
	}
}

func TestQuickstartShowsTheWholePathAndASecondRunIsHarmless(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for run := range 2 {
		out := hydrant(t, dir, 0, "quickstart")
		for _, want := range []string{
			"hydrant.hcl",          // the config it wrote
			".parquet",             // the tree of objects
			"airport_name",         // the schema
			"DataFormatConversion", // a reason of the error archive
			"delivered",            // the ledger
			"aws ", "boto3", "curl",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("run %d: the output has no %q:\n%s", run, want, out)
			}
		}
		if run == 0 {
			t.Logf("hydrant quickstart:\n%s", out)
		}
	}
	var files []string
	for _, name := range filesBelow(t, filepath.Join(dir, "hydrant-quickstart")) {
		if strings.HasSuffix(name, ".parquet") {
			files = append(files, name)
		}
	}
	need(t, harness.Python)
	var airports []any
	if err := harness.Script(t.Context(), &airports, "ids.py", append([]string{"airport_name"}, files...)...); err != nil {
		t.Fatal(err)
	}
	// A few rows are spoilt on purpose; whether a second run sends them again
	// is its own affair, but it may not lose the first run's.
	if n := len(airports); n < 9_900 || n > 20_000 {
		t.Errorf("pyarrow reads %d rows from %d files, want nearly 10,000 for each run that sent", n, len(files))
	}
}

func TestValidateSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "broken.hcl")
	text := "server {\n  lisen = \"127.0.0.1:1\"\n}\ndelivery_stream \"a\" {\n  source \"direct_put\" {}\n  format \"parquet\" {}\n" +
		fileSink(dir).block("destination", "a/") + fileSink(dir).block("error_sink", "e/") + "}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := hydrant(t, dir, 1, "validate", "-c", file)
	for _, want := range []string{"broken.hcl", "lisen", `"listen"`, "schema"} {
		if !strings.Contains(out, want) {
			t.Errorf("validate does not say %s: %s", want, out)
		}
	}
	if err := os.WriteFile(file, bytes.ReplaceAll([]byte(text), []byte(`"parquet"`), []byte(`"json"`)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := hydrant(t, dir, 1, "run", "-c", file); !strings.Contains(out, "lisen") {
		t.Errorf("run does not refuse what validate refuses: %s", fmt.Sprintf("%.2000s", out))
	}
}
