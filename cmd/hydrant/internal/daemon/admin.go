package daemon

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"

	"hydrant/buffer"
	"hydrant/delivery"
)

// adminHandler is the admin listener. It has no keys: configs lets it listen
// on loopback only, and localOnly keeps web pages from reaching it through a
// visitor's browser.
func (d *Daemon) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", d.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerText(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answerText(w, d.health()) })
	mux.HandleFunc("GET /v1/status", d.serveStatus)
	mux.HandleFunc("POST /v1/flush", d.serveFlush)
	mux.HandleFunc("POST /v1/reload", d.serveReload)
	mux.HandleFunc("GET /v1/config", d.serveConfig)
	mux.HandleFunc("GET /v1/where", d.serveWhere)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return localOnly(http.NewCrossOriginProtection().Handler(mux))
}

// localOnly answers only requests that name this machine by an address or as
// localhost: a name of somebody else's, made to point here, is a trick.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "localhost" {
			http.Error(w, "the admin address answers only to localhost and IP addresses", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answerText says ok, or what is wrong.
func answerText(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	text := "ok\n"
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		text = err.Error() + "\n"
	}
	_, _ = io.WriteString(w, text) // who is gone misses the answer
}

func (d *Daemon) serveStatus(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, d.hub.Status())
}

// serveFlush delivers what a stream (all, without ?stream=) took so far and
// answers when that is done.
func (d *Daemon) serveFlush(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("stream")
	if _, ok := d.hub.Stream(name); name != "" && !ok {
		answerJSON(w, http.StatusNotFound, failure("no stream "+name+" is running"))
		return
	}
	err := d.hub.Flush(r.Context(), name)
	switch {
	case err == nil:
		answerJSON(w, http.StatusOK, map[string]bool{"flushed": true})
	case errors.Is(err, r.Context().Err()): // the client is gone, or the daemon stops
		answerJSON(w, http.StatusServiceUnavailable, failure(err.Error()))
	default:
		answerJSON(w, http.StatusInternalServerError, failure(err.Error()))
	}
}

// serveWhere says where the record ?id= is.
func (d *Daemon) serveWhere(w http.ResponseWriter, r *http.Request) {
	id, err := buffer.ParseRecordID(r.URL.Query().Get("id"))
	if err != nil {
		answerJSON(w, http.StatusBadRequest, failure(err.Error()))
		return
	}
	found, err := delivery.Where(buffer.RealFS(), d.config.Load().DataDir, id)
	if err != nil {
		answerJSON(w, http.StatusInternalServerError, failure(err.Error()))
		return
	}
	answerJSON(w, http.StatusOK, found)
}

func failure(message string) any { return map[string]string{"error": message} }

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // who is gone misses the answer
}
