// Package ndjson is the plain way in: lines over HTTP, for curl and for
// whatever has no AWS SDK.
//
//	POST /v1/streams/NAME/records
//
// Each line of the body is a record, without its line feed or carriage return
// and line feed; empty lines are none, and the last line need not end. Lines
// are bytes: whether they are JSON is for the stream to care. The body may be
// compressed (Content-Encoding gzip or zstd) and of any length: it is taken in
// frames of up to 4 MiB, each durable before the next is read. So a body that
// fits into one frame is accepted whole or not at all, and of a longer one the
// answer tells how far it was accepted:
//
//	{"accepted":3,"bytes":120,"first_record_id":"...","last_record_id":"..."}
//	{"accepted":3,"bytes":120,"first_record_id":"...","last_record_id":"...","next_line":4,
//	 "error":{"code":"RecordTooLarge","message":"..."}}
//
// accepted counts records. next_line, counted from 1 with empty lines, is the
// first that was not accepted: sending the body again from there on loses
// nothing and repeats nothing.
//
// A body that is sent again with the same Idempotency-Key header stores nothing
// twice: each frame is known by the key and its number in the body.
//
// Where the server has access keys, a request has HTTP Basic authentication
// with a key's id and secret, or an AWS signature (Version 4, service
// firehose). A signature covers the whole body, so a signed body is held in
// memory and has at most 8 MiB.
package ndjson

import (
	"crypto/sha256"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"hydrant/sources"
	"hydrant/sources/auth"
	"hydrant/sources/body"
)

// Options say how the handler behaves. The zero value serves.
type Options struct {
	Auth    *auth.Verifier // nil: everybody may write
	Memory  *body.Budget   // for requests in flight; nil: no bound
	Log     *slog.Logger   // nil: none
	Observe sources.Observe
	Now     func() time.Time // nil: time.Now
}

// New returns the handler of paths below /v1/streams/.
func New(streams sources.Streams, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return http.NewCrossOriginProtection().Handler(&handler{streams: streams, Options: o})
}

type handler struct {
	Options
	streams sources.Streams
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.Now()
	told := sources.Request{Source: "ndjson", Status: http.StatusOK}
	in := &intake{}
	err := h.take(r, in, &told)
	if err != nil {
		body.Discard(r)
		failure := failureOf(err)
		told.Status, told.Error = failure.status, failure.Code
		if failure.cause != nil {
			h.Log.Error("request failed", "operation", told.Operation, "stream", told.Stream, "err", failure.cause)
		}
		in.Error, in.NextLine = failure, in.accepted+1
	}
	if in.replayed > 0 && in.replayed == in.frames {
		w.Header().Set(sources.ReplayedHeader, "true")
	}
	in.send(w, told.Status)
	told.Records, told.Bytes = in.Accepted, in.Bytes
	told.Duration = h.Now().Sub(start)
	h.Observe.Tell(told)
}

// take accepts the lines of r.
func (h *handler) take(r *http.Request, in *intake, told *sources.Request) error {
	name, ok := streamOf(r.URL.Path)
	if !ok {
		return refuse(http.StatusNotFound, "NotFound", "There is nothing at this path; lines are taken by POST /v1/streams/NAME/records.")
	}
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "Lines are taken by POST, one record a line: curl --data-binary @FILE.")
	}
	told.Operation = "PutLines"
	var err error
	if in.key, err = sources.Key(r.Header); err != nil {
		return refuse(http.StatusBadRequest, "InvalidIdempotencyKey", "%s.", err)
	}
	encoding, err := body.Encoding(r.Header.Get("Content-Encoding"), body.Gzip, body.Zstd)
	if err != nil {
		return err
	}
	memory := newRoom(r, encoding, h.Memory)
	defer memory.release()
	src, release, err := h.authenticated(r, name, memory)
	if err != nil {
		return err
	}
	defer release()
	stream, ok := h.streams.Stream(name)
	if !ok {
		return refuse(http.StatusNotFound, "ResourceNotFound", "There is no delivery stream %q.", name)
	}
	told.Stream = name
	if err := memory.open(r.Context()); err != nil {
		return err
	}
	lines, err := body.NewDecoder(encoding, src)
	if err != nil {
		return err
	}
	defer lines.Close() // has no error: it gives memory back
	return in.accept(r.Context(), stream, lines, memory)
}

func streamOf(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "/v1/streams/")
	name, tail, _ := strings.Cut(rest, "/")
	return name, ok && tail == "records" && name != ""
}

// authenticated returns the body, once it is known that its sender may write to
// the stream.
func (h *handler) authenticated(r *http.Request, name string, memory *room) (src io.Reader, release func(), err error) {
	release = func() {}
	src = body.NewSource(r, memory.share)
	if h.Auth == nil {
		return src, release, nil
	}
	var key *auth.Key
	if strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") {
		key, src, release, err = h.signed(r)
	} else {
		key, err = h.Auth.Basic(r)
	}
	if err != nil {
		return nil, nil, err
	}
	if !key.Allows(name) {
		release()
		return nil, nil, refuse(http.StatusForbidden, "AccessDenied", "No streams pattern of access key %s matches delivery stream %q.", key.ID, name)
	}
	return src, release, nil
}

// signed holds the whole body, because none of it may be accepted before the
// signature over all of it is known to be right.
func (h *handler) signed(r *http.Request) (*auth.Key, io.Reader, func(), error) {
	s, err := h.Auth.Begin(r)
	if err != nil {
		return nil, nil, nil, err
	}
	text, err := body.Read(r, body.MaxSize, h.Memory)
	if err != nil {
		return nil, nil, nil, err
	}
	key, err := s.Check(sha256.Sum256(text.Bytes()))
	if err != nil {
		text.Release()
		return nil, nil, nil, err
	}
	return key, text.Reader(), text.Release, nil
}
