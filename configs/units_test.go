package configs

import (
	"strings"
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	for _, tc := range []struct {
		text    string
		want    int64
		wantErr string
	}{
		{text: "0B", want: 0},
		{text: "512B", want: 512},
		{text: "1KiB", want: 1024},
		{text: "64MiB", want: 64 << 20},
		{text: " 1.5 GiB ", want: 3 << 29},
		{text: "5MB", want: 5e6},
		{text: "1TB", want: 1e12},
		{text: "2TiB", want: 2 << 40},
		{text: "64", wantErr: `write "64MiB"`},
		{text: "64mib", wantErr: `Write "64MiB"`},
		{text: "64M", wantErr: `Write "64MiB"`},
		{text: "64 mb", wantErr: `Write "64MB"`},
		{text: "-1MiB", wantErr: "is not a size"},
		{text: "1e3MiB", wantErr: "is not a size"},
		{text: "InfMiB", wantErr: "is not a size"},
		{text: "0x10MiB", wantErr: "is not a size"},
		{text: "1.2.3MiB", wantErr: "is not a size"},
		{text: ".MiB", wantErr: "is not a size"},
		{text: "MiB", wantErr: "is not a size"},
		{text: "", wantErr: "is not a size"},
		{text: "0.3B", wantErr: "not a whole number"},
		{text: "99999999TiB", wantErr: "more than a computer can count"},
	} {
		got, err := parseSize(tc.text)
		if tc.wantErr == "" && (err != nil || got != tc.want) || tc.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tc.wantErr)) {
			t.Errorf("parseSize(%q): got %d, %v; want %d, %q", tc.text, got, err, tc.want, tc.wantErr)
		}
	}
}

func TestDurations(t *testing.T) {
	for _, tc := range []struct {
		text    string
		want    time.Duration
		wantErr string
	}{
		{text: "0s"},
		{text: "60s", want: time.Minute},
		{text: "1h30m", want: 90 * time.Minute},
		{text: "250ms", want: 250 * time.Millisecond},
		{text: "60", wantErr: `Write "60s"`},
		{text: "1d", wantErr: "days are not a unit"},
		{text: "-5s", wantErr: "less than nothing"},
		{text: "soon", wantErr: "not a duration"},
		{text: "9999999h", wantErr: "not a duration"},
		{text: "", wantErr: "not a duration"},
	} {
		got, err := parseDuration(tc.text)
		if tc.wantErr == "" && (err != nil || got != tc.want) || tc.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tc.wantErr)) {
			t.Errorf("parseDuration(%q): got %v, %v; want %v, %q", tc.text, got, err, tc.want, tc.wantErr)
		}
	}
}

func TestNearestName(t *testing.T) {
	names := []string{"compression", "delimiter", "gzip", "s3"}
	for got, want := range map[string]string{"compresion": "compression", "Delimeter": "delimiter", "gzp": "gzip", "zstd": "", "bucket": "", "": ""} {
		if name := nearest(got, names); name != want {
			t.Errorf("nearest(%q): got %q, want %q", got, name, want)
		}
	}
}

func TestStreamPatterns(t *testing.T) {
	for _, tc := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "clicks", true},
		{"clicks", "clicks", true},
		{"clicks", "clicks2", false},
		{"click*", "clicks", true},
		{"*-eu", "clicks-eu", true},
		{"*-eu", "clicks-us", false},
		{"c*s*u", "clicks-eu", true},
		{"c*s*u", "clicks-us", false},
		{"a*a", "a", false},
		{"a**a", "aa", true},
		{"*b*", "abc", true},
		{"*b*b*", "abc", false},
	} {
		if got := matchStream(tc.pattern, tc.name); got != tc.want {
			t.Errorf("matchStream(%q, %q): got %t, want %t", tc.pattern, tc.name, got, tc.want)
		}
	}
}
