package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hydrant/cmd/hydrant/internal/quickstart"
	"hydrant/delivery"
)

func TestQuickstartShowsTheWholePath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hydrant quickstart $x") // a name that must be escaped
	code, out, errs := hydrant(t, "", "quickstart", "--dir", dir)
	if code != exitOK {
		t.Fatalf("got exit code %d; output:\n%s%s", code, out, errs)
	}
	for _, want := range []string{
		"wrote " + filepath.Join(dir, "hydrant.hcl"),
		"sent 10,005 CSV rows",
		"29 objects",
		"state=Arizona/",
		"… and 23 more",
		"optional int32 flight_date (DATE)",
		"1990-",
		"CsvToJson.WrongFieldCount",
		"DataFormatConversion.",
		"in 10005 + split 0 = delivered 10000 + archived 5 + dropped 0 + pending 0",
		"aws firehose put-record",
		"boto3",
		"curl ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("output has no %q", want)
		}
	}
	if t.Failed() {
		t.Logf("output:\n%s%s", out, errs)
	}
	code, out, errs = hydrant(t, "", "quickstart", "--json", "--dir", dir)
	var second quickstart.Report
	if err := json.Unmarshal([]byte(out), &second); err != nil || code != exitOK {
		t.Fatalf("second run: code %d, error %v, output\n%s%s", code, err, out, errs)
	}
	if second.State != "reused" || second.Before != 29 || len(second.Objects) != 29 || len(second.Archived) != 5 {
		t.Errorf("second run: config %s, %d objects before, %d new, %d archived; want reused, 29, 29, 5",
			second.State, second.Before, len(second.Objects), len(second.Archived))
	}
	want := delivery.Amounts{In: 20010, Delivered: 20000, Archived: 10}
	if second.Ledger != want {
		t.Errorf("second run: ledger %+v, want %+v", second.Ledger, want)
	}
}

func TestQuickstartLeavesAChangedConfigurationAlone(t *testing.T) {
	dir := t.TempDir()
	config := writeConfig(t, dir, "", "")
	before, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := hydrant(t, "", "quickstart", "--dir", dir)
	if code != exitFailed || !strings.Contains(errs, `no delivery_stream "birdstrikes"`) {
		t.Errorf("got code %d, want 1; output\n%s%s", code, out, errs)
	}
	if after, err := os.ReadFile(config); err != nil || string(after) != string(before) {
		t.Errorf("the configuration was changed (%v):\n%s", err, after)
	}
}
