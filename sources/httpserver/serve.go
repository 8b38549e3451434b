// Package httpserver is the listener that all ways in over HTTP share: limits
// on time, headers and connections, TLS, a health check, and a shutdown after
// which no request is in flight.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxHeaderBytes bounds the headers of a request. Session tokens are the
// largest thing in them, at a few KiB.
const maxHeaderBytes = 64 << 10

// Options are the limits of a server. Zero durations and counts take the
// defaults named here.
type Options struct {
	TLS            *tls.Config   // nil: plain HTTP
	MaxConnections int           // more wait to be accepted; default 1024
	HeaderTimeout  time.Duration // for a request's headers, and a TLS handshake; default 10s
	// BodyTimeout is how long a client may keep the server waiting for a
	// body, in all. Each MinBodyRate bytes that arrive give one second back. It
	// is also the time in which a client has to take its answer. Default 60s.
	BodyTimeout time.Duration
	IdleTimeout time.Duration // between two requests on a connection; default 120s
	Grace       time.Duration // for requests in flight when the server stops; default 30s
	Log         *slog.Logger  // nil: none
}

// MinBodyRate is what a client has to send, in bytes a second, to be taken for
// slow but alive.
const MinBodyRate = 64 << 10

func (o Options) withDefaults() Options {
	setDefault(&o.MaxConnections, 1024)
	setDefault(&o.HeaderTimeout, 10*time.Second)
	setDefault(&o.BodyTimeout, 60*time.Second)
	setDefault(&o.IdleTimeout, 120*time.Second)
	setDefault(&o.Grace, 30*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault[T int | time.Duration](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// Serve answers requests on ln until ctx is done. Then it takes no more, gives
// those in flight the grace and cancels what is left. It closes ln and returns
// when no handler is running: nil after a stop, ctx's being done included, and
// an error if accepting failed or if requests had to be cut off.
//
// Only HTTP/1.1 is spoken, as AWS does: with it one connection is one request.
func Serve(ctx context.Context, ln net.Listener, handler http.Handler, o Options) error {
	o = o.withDefaults()
	if o.TLS != nil {
		ln = tls.NewListener(limitConnections(ln, o.MaxConnections), o.TLS)
	} else {
		ln = limitConnections(ln, o.MaxConnections)
	}
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var conns sync.WaitGroup
	server := o.server(requests, &conns, handler)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()

	var err error
	select {
	case err = <-served:
		err = errors.Join(fmt.Errorf("httpserver: accept: %w", err), stop(server, o.Grace, cancel))
	case <-ctx.Done():
		err = stop(server, o.Grace, cancel)
		<-served // no connection is added after this
	}
	conns.Wait()
	return err
}

// server makes the server. conns counts its connections' goroutines, and with
// them the handlers, from accepting to the end.
func (o Options) server(requests context.Context, conns *sync.WaitGroup, handler http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w, done := o.withDeadlines(w, r)
			defer done()
			handler.ServeHTTP(w, r)
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				conns.Done()
			}
		},
		ReadHeaderTimeout: o.HeaderTimeout,
		IdleTimeout:       o.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		Protocols:         protocols,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
}

// stop ends the server in good order, or after the grace in disorder.
func stop(server *http.Server, grace time.Duration, cancel context.CancelFunc) error {
	ctx, done := context.WithTimeout(context.Background(), grace)
	defer done()
	err := server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	cancel()
	return errors.Join(fmt.Errorf("httpserver: requests were still in flight after %s and were cut off: %w", grace, err), server.Close())
}
