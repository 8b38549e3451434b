package httpserver

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWithoutKeysOnlyThisMachineIsListenedTo(t *testing.T) {
	tests := []struct {
		addr             string
		open, withoutKey bool
	}{
		{"127.0.0.1:4573", true, true}, {"127.8.9.1:0", true, true}, {"[::1]:4573", true, true},
		{"localhost:4573", true, true}, {"[::ffff:127.0.0.1]:1", true, true},
		{"0.0.0.0:4573", true, false}, {":4573", true, false}, {"[::]:4573", true, false},
		{"10.0.0.1:4573", true, false}, {"example.com:4573", true, false}, {"localhost.example.com:1", true, false},
		{"127.0.0.1", false, false}, {"", false, false},
	}
	for _, tt := range tests {
		if err := CheckListen(tt.addr, true); (err == nil) != tt.open {
			t.Errorf("%q with keys: %v", tt.addr, err)
		}
		if err := CheckListen(tt.addr, false); (err == nil) != tt.withoutKey {
			t.Errorf("%q without keys: %v", tt.addr, err)
		}
	}
}

func TestRoutes(t *testing.T) {
	says := func(s string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) })
	}
	sick := errors.New("data directory is read-only")
	tests := []struct {
		method, path string
		health       error
		status       int
		want         string
	}{
		{"POST", "/", nil, 200, "api"}, {"GET", "/nope", nil, 200, "api"}, {"POST", "//", nil, 200, "api"}, {"POST", "/healthz/", nil, 200, "api"},
		{"POST", "/v1/streams/a/records", nil, 200, "lines"}, {"GET", "/v1/streams/", nil, 200, "lines"}, {"GET", "/v1/streams", nil, 200, "api"},
		{"GET", "/healthz", nil, 200, "ok\n"}, {"HEAD", "/healthz", nil, 200, "ok\n"}, {"POST", "/healthz", nil, 405, ""},
		{"GET", "/healthz", sick, 503, "data directory is read-only\n"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		Route(says("api"), says("lines"), func() error { return tt.health }).ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.status || w.Body.String() != tt.want {
			t.Errorf("%s %s: got %d %q, want %d %q", tt.method, tt.path, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
