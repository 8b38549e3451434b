package daemon

import (
	"errors"
	"net/http"
	"time"

	"hydrant/sources/firehose"
	"hydrant/sources/httpserver"
	"hydrant/sources/ndjson"
)

// The part of the memory budget that bodies of requests in flight may hold,
// and how long a request waits for its share.
const (
	bodyShare = 4 // a quarter
	bodyWait  = 5 * time.Second
)

// publicHandler is the public listener: the Firehose API, NDJSON, /healthz.
func (d *Daemon) publicHandler() http.Handler {
	s, memory := d.config.Load(), d.memory
	verifier := newVerifier(s.Region, s.AccessKeys)
	api := firehose.New(d.hub, firehose.Options{
		Region: s.Region, Account: s.Account, Auth: verifier, Memory: memory, Log: d.log, Observe: d.metrics.Request,
	})
	lines := ndjson.New(d.hub, ndjson.Options{Auth: verifier, Memory: memory, Log: d.log, Observe: d.metrics.Request})
	return httpserver.Route(api, lines, d.health)
}

// setPublicHandler puts the current configuration into force on the public
// listener. Requests under way keep the one that they began with.
func (d *Daemon) setPublicHandler() {
	h := d.publicHandler()
	d.handler.Store(&h)
}

func (d *Daemon) servePublic(w http.ResponseWriter, r *http.Request) {
	(*d.handler.Load()).ServeHTTP(w, r)
}

var errNotReady = errors.New("starting or stopping")

// health says why records can't be taken; nil is that they can.
func (d *Daemon) health() error {
	if !d.ready.Load() {
		return errNotReady
	}
	return nil
}
