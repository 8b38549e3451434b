// Package firehose is the way in that every AWS SDK knows: the API of Amazon
// Data Firehose (version 2015-08-04, protocol AWS JSON 1.1) with the
// operations that producers need, PutRecord and PutRecordBatch, and the two
// that tell which streams there are. Streams are made in the configuration,
// so the other eight answer with an error that says so.
//
// A batch is one frame of the stream's log: accepted whole or not at all.
package firehose

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hydrant/sources"
	"hydrant/sources/auth"
	"hydrant/sources/body"
)

// MaxBodyBytes is the most that a request's body may have, as it is sent and
// after decompression. A full batch of 4 MiB needs 5.4 MiB in base64.
const MaxBodyBytes = body.MaxSize

// Options say how the API behaves. The zero value serves.
type Options struct {
	Region  string         // in ARNs; default us-east-1
	Account string         // in ARNs and messages; default 000000000000
	Auth    *auth.Verifier // nil: requests need no signature
	Memory  *body.Budget   // for the bodies of requests in flight; nil: no bound
	Log     *slog.Logger   // nil: none
	Observe sources.Observe
	Now     func() time.Time // nil: time.Now
}

// New returns the API over streams.
func New(streams sources.Streams, o Options) http.Handler {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "000000000000"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &api{streams: streams, Options: o}
	return http.NewCrossOriginProtection().Handler(a)
}

type api struct {
	Options
	streams sources.Streams
}

// A call is one request on its way.
type call struct {
	*api
	r    *http.Request
	key  *auth.Key       // who signed it; nil if nobody has to
	told sources.Request // for the observer
	lent *[]byte         // room for the answer; nil: none taken

	replayed bool // the records were accepted earlier, with the same key
}

// ServeHTTP answers one request.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := a.Now()
	c := &call{api: a, r: r, told: sources.Request{Source: "firehose", Status: http.StatusOK}}
	defer c.release()
	answer, err := c.answer()
	if err != nil {
		failure := answerTo(err)
		c.told.Status, c.told.Error = failure.status, failure.kind
		c.told.Records, c.told.Bytes = 0, 0
		c.report(failure)
		answer = failure.body()
		if c.told.Operation == "" || failure.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
	}
	if c.replayed {
		w.Header().Set(sources.ReplayedHeader, "true")
	}
	send(w, c.told.Status, answer)
	c.told.Duration = a.Now().Sub(start)
	a.Observe.Tell(c.told)
}

// report logs what only the operator can cure.
func (c *call) report(failure *apiError) {
	if failure.status >= 500 && failure.cause != nil {
		c.Log.Error("request failed", "operation", c.told.Operation, "stream", c.told.Stream, "err", failure.cause)
	}
}

func send(w http.ResponseWriter, status int, answer []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.1")
	header.Set("Content-Length", strconv.Itoa(len(answer)))
	header.Set("X-Amzn-Requestid", requestID())
	w.WriteHeader(status)
	// A client that is gone misses its answer, whatever is done here.
	_, _ = w.Write(answer)
}

// requestID returns a random UUID (RFC 9562, version 4).
func requestID() string {
	var id [16]byte
	rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	text := make([]byte, 36)
	for i, part := range [][2]int{{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		at := part[0]*2 + i
		hex.Encode(text[at:], id[part[0]:part[1]])
		if i > 0 {
			text[at-1] = '-'
		}
	}
	return string(text)
}

// answer runs the operation that the request asks for.
func (c *call) answer() ([]byte, error) {
	run, err := c.route()
	if err != nil {
		return nil, err
	}
	text, err := c.read()
	if err != nil {
		return nil, err
	}
	defer text.Release()
	return run(c, text.Bytes())
}

// An operation answers a request with the body text, which it may change.
type operation func(c *call, text []byte) ([]byte, error)

var operations = map[string]operation{
	"PutRecord":                     (*call).putRecord,
	"PutRecordBatch":                (*call).putRecordBatch,
	"DescribeDeliveryStream":        (*call).describe,
	"ListDeliveryStreams":           (*call).list,
	"CreateDeliveryStream":          (*call).refuseChange,
	"DeleteDeliveryStream":          (*call).refuseChange,
	"UpdateDestination":             (*call).refuseChange,
	"StartDeliveryStreamEncryption": (*call).refuseChange,
	"StopDeliveryStreamEncryption":  (*call).refuseChange,
	"TagDeliveryStream":             (*call).refuseChange,
	"UntagDeliveryStream":           (*call).refuseChange,
	"ListTagsForDeliveryStream":     (*call).refuseChange,
}

const targetPrefix = "Firehose_20150804."

func (c *call) route() (operation, error) {
	if c.r.URL.Path != "/" {
		return nil, refuse(http.StatusNotFound, "UnknownOperationException", "There is nothing at this path. The Firehose API is POST /, lines are taken by POST /v1/streams/NAME/records, and /healthz tells whether the server is up.")
	}
	if c.r.Method != http.MethodPost {
		return nil, refuse(http.StatusMethodNotAllowed, "UnknownOperationException", "This is Hydrant's Firehose API. Use an AWS SDK or the AWS CLI with this address as the endpoint URL; it takes POST / with the headers X-Amz-Target: %sPutRecordBatch and Content-Type: application/x-amz-json-1.1.", targetPrefix)
	}
	target := c.r.Header.Get("X-Amz-Target")
	name, ok := strings.CutPrefix(target, targetPrefix)
	run := operations[name]
	if !ok || run == nil {
		return nil, refuse(http.StatusBadRequest, "UnknownOperationException", "X-Amz-Target does not name an operation of the Firehose API, such as %sPutRecord.", targetPrefix)
	}
	c.told.Operation = name
	return run, nil
}

// read takes in the body and finds out who sent it. Who cannot be known
// without the body's hash is found out after it, the rest before.
func (c *call) read() (*body.Body, error) {
	var signed *auth.Signed
	var err error
	if c.Auth != nil {
		if signed, err = c.Auth.Begin(c.r); err != nil {
			body.Discard(c.r)
			return nil, err
		}
	}
	encoding, err := body.Encoding(c.r.Header.Get("Content-Encoding"), body.Gzip)
	if err != nil {
		body.Discard(c.r)
		return nil, err
	}
	text, err := body.Read(c.r, MaxBodyBytes, c.Memory)
	if err != nil {
		body.Discard(c.r)
		return nil, err
	}
	if signed != nil {
		if c.key, err = signed.Check(sha256.Sum256(text.Bytes())); err != nil {
			text.Release()
			return nil, err
		}
	}
	if encoding == body.Identity {
		return text, nil
	}
	defer text.Release()
	return text.Gunzip(c.r.Context(), MaxBodyBytes)
}

// stream finds a stream that the caller may use.
func (c *call) stream(name string) (sources.Stream, error) {
	if c.Auth != nil && !c.key.Allows(name) {
		return nil, refuse(http.StatusBadRequest, auth.AccessDenied, "User: arn:aws:iam::%s:user/%s is not authorized to perform: firehose:%s on resource: %s because no streams pattern of the access key matches", c.Account, c.key.ID, c.told.Operation, c.arn(name))
	}
	s, ok := c.streams.Stream(name)
	if !ok {
		return nil, refuse(http.StatusBadRequest, "ResourceNotFoundException", "Firehose %s under account %s not found.", name, c.Account)
	}
	c.told.Stream = name
	return s, nil
}

func (a *api) arn(name string) string {
	return "arn:aws:firehose:" + a.Region + ":" + a.Account + ":deliverystream/" + name
}

func (c *call) refuseChange([]byte) ([]byte, error) {
	return nil, refuse(http.StatusBadRequest, "InvalidArgumentException", "%s is not offered: delivery streams are defined in Hydrant's HCL configuration. Change their delivery_stream blocks there and run hydrant reload.", c.told.Operation)
}
