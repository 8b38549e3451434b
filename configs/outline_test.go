package configs

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func hidden(Secret) string { return "(secret)" }

// Whatever is added to the checked types is in the outline, under the name that
// the language has for it.
func TestAnOutlineHasEveryArgumentByItsName(t *testing.T) {
	known := map[string]bool{"kind": true}
	for _, spec := range docsHeadings() {
		for _, arg := range spec.args {
			known[arg.name] = true
		}
	}
	cfg := fullConfig("/")
	orc := cfg.Streams[0]
	orc.Name = "orc"
	orc.Format = Format{Kind: "orc", Compression: "snappy", ORC: &ORC{
		StripeBytes: 64 << 20, RowIndexStride: 10000, CompressionBlockBytes: 256 << 10, BloomFilterColumns: []string{"id"},
		BloomFilterFPP: 0.05, DictionaryKeyThreshold: 0.5, FormatVersion: "V0_12", EnablePadding: true, BlockBytes: 256 << 20, PaddingTolerance: 0.05,
	}}
	cfg.Streams = append(cfg.Streams, orc)
	outline := cfg.Outline(hidden)
	outline.Streams["full"] = append(outline.Streams["full"], outline.Streams["orc"]...)
	told := map[string]bool{}
	for _, a := range append(slices.Clone(outline.Server), outline.Streams["full"]...) {
		name, found := "", false
		for part := range strings.SplitSeq(a.Path, ".") {
			if known[part] || part == "column" {
				name, found = part, true
			}
		}
		if !found {
			t.Errorf("%s = %s: no part of the path is an argument", a.Path, a.Value)
		}
		told[name] = true
		if strings.Contains(a.Value, "correct horse") {
			t.Errorf("%s tells the secret", a.Path)
		}
	}
	for name := range known {
		switch name {
		case "delimiter", "default", "description", "sensitive", "type": // of other formats, of variables, and the column's value
		default:
			if !told[name] {
				t.Errorf("the outline has no %s", name)
			}
		}
	}
}

func TestADifferenceNamesTheArgumentFromAndTo(t *testing.T) {
	old, next := fullConfig("/"), fullConfig("/")
	next.Server.MaxDisk = 2 << 40
	next.Server.AccessKeys = append(next.Server.AccessKeys, AccessKey{"NEW", NewSecret("x"), []string{"*"}})
	next.Streams[0].Destination.S3.Bucket = "sea"
	next.Streams[0].Buffer.Interval = time.Minute
	next.Streams[0].Schema.Columns = next.Streams[0].Schema.Columns[:1]
	added := fullConfig("/").Streams[0]
	added.Name = "more"
	next.Streams = append(next.Streams, added)
	gone := fullConfig("/").Streams[0]
	gone.Name = "gone"
	old.Streams = append(old.Streams, gone)
	got := Compare(old.Outline(hidden), next.Outline(hidden))
	want := Difference{
		Server: []Change{
			{Path: "access_key.NEW.secret", To: "(secret)"}, {Path: "access_key.NEW.streams", To: `["*"]`},
			{Path: "max_disk", From: "1TiB", To: "2TiB", AtStart: true},
		},
		Added: []string{"more"}, Removed: []string{"gone"},
		Changed: []StreamChange{{"full", []Change{
			{Path: "buffer.interval", From: "1h30m", To: "1m"},
			{Path: "destination.bucket", From: "lake", To: "sea"},
			{Path: "schema.column.b", From: "decimal(10,2)"},
		}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v,\nwant %+v", got, want)
	}
	if got := Compare(old.Outline(hidden), old.Outline(hidden)); !got.Empty() {
		t.Errorf("a configuration differs from itself: %+v", got)
	}
}

func TestAStoredStreamComesBack(t *testing.T) {
	want := fullConfig("/").Streams[0]
	text, err := EncodeStream(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeStream(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v,\nwant %+v", got, want)
	}
	if _, err := DecodeStream([]byte("{")); err == nil {
		t.Error("half a text is read without an error")
	}
}

func TestAgesMayBeInDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "1.5d": 36 * time.Hour, "90m": 90 * time.Minute, "x": -1, "d": -1, "9999999d": -1} {
		got, err := parseAge(text)
		if (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}
