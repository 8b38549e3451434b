package sources

import (
	"net/http"
	"strings"
	"testing"
)

func TestAKeyIsShortPrintableAndGivenOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		h    http.Header
		want string
		bad  bool
	}{
		{"none", http.Header{}, "", false},
		{"standard", http.Header{KeyHeader: {"a b-1"}}, "a b-1", false},
		{"own", http.Header{OwnKeyHeader: {"k"}}, "k", false},
		{"both alike", http.Header{OwnKeyHeader: {"k"}, KeyHeader: {"k"}}, "k", false},
		{"both different", http.Header{OwnKeyHeader: {"k"}, KeyHeader: {"l"}}, "", true},
		{"twice", http.Header{KeyHeader: {"k", "l"}}, "", true},
		{"empty", http.Header{KeyHeader: {""}}, "", true},
		{"longest", http.Header{KeyHeader: {strings.Repeat("k", 255)}}, strings.Repeat("k", 255), false},
		{"too long", http.Header{KeyHeader: {strings.Repeat("k", 256)}}, "", true},
		{"control character", http.Header{KeyHeader: {"a\tb"}}, "", true},
		{"not ASCII", http.Header{KeyHeader: {"é"}}, "", true},
	} {
		got, err := Key(c.h)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%s: got %q, %v; want %q, an error %v", c.name, got, err, c.want, c.bad)
		}
	}
}
