package auth

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestPatternsMatchWholeNames(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"clicks", "clicks", true}, {"clicks", "clicks2", false}, {"clicks", "Clicks", false},
		{"*", "", true}, {"*", "x", true}, {"", "", true}, {"", "x", false},
		{"clicks*", "clicks", true}, {"clicks*", "clicks-eu", true}, {"clicks*", "click", false},
		{"*-eu", "clicks-eu", true}, {"*-eu", "clicks-eux", false},
		{"a*b*c", "abc", true}, {"a*b*c", "aXbYc", true}, {"a*b*c", "acb", false},
		{"a*a", "a", false}, {"a*a", "aa", true}, {"ab*ba", "aba", false},
		{"**", "x", true}, {"a.c", "abc", false}, {"[a]*", "a", false},
	}
	for _, tt := range tests {
		key := &Key{Streams: []string{"never", tt.pattern}}
		if got := key.Allows(tt.name); got != tt.want {
			t.Errorf("%q allows %q: got %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
	if (*Key)(nil).Allows("x") || (&Key{}).Allows("x") {
		t.Error("no key, or a key without patterns, allows something")
	}
}

func TestPrintingAKeyHidesItsSecret(t *testing.T) {
	key := Key{ID: "AKID", Secret: "hush", Streams: []string{"*"}}
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "key", key, "pointer", &key)
	fmt.Fprintf(&b, "%v %+v %#v %s %v %+v %#v %v", key, key, key, key, &key, &key, &key, []Key{key})
	if strings.Contains(b.String(), "hush") || !strings.Contains(b.String(), "AKID") {
		t.Errorf("got %s", b.String())
	}
}
