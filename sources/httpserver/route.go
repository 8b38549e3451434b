package httpserver

import (
	"io"
	"net/http"
	"strings"
)

// Route returns the public listener's handler: /healthz, paths below
// /v1/streams/ to lines, and all else to api, which knows how to help with a
// path that does not exist. Paths are taken as they are; nothing is
// redirected.
//
// health says why the daemon cannot take records; nil is that it can. It may
// be nil itself.
func Route(api, lines http.Handler, health func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			answerHealth(w, r, health)
		case strings.HasPrefix(r.URL.Path, "/v1/streams/"):
			lines.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

func answerHealth(w http.ResponseWriter, r *http.Request, health func() error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	text := "ok\n"
	if health != nil {
		if err := health(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			text = err.Error() + "\n"
		}
	}
	_, _ = io.WriteString(w, text)
}
