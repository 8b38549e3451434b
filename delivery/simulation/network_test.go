package simulation

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// A network is the way from one process to the store.
type network struct {
	w  *world
	on *process
}

var errReset = errors.New("connection reset by peer")

// What can happen to a request. Before and after say whether it took effect;
// late means that it does so when nobody waits for it any more.
var storeFaults = []string{
	"500 before", "500 after", "503 slow down", "time-out before", "time-out after", "time-out, takes effect late",
	"reset before", "reset after", "half an upload", "slow", "stale read", "403", "409",
}

func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	r, err := receive(req)
	if err != nil {
		return nil, err
	}
	fault, wait, err := n.arrive(r)
	if err != nil {
		return nil, err
	}
	if err := pass(req.Context(), wait); err != nil {
		if fault == "" && len(r.body)%2 == 0 { // given up by the client, but on its way
			n.late(r)
		}
		return nil, err
	}
	a, err := n.treat(req.Context(), r, fault)
	if err != nil {
		return nil, err
	}
	if err := pass(req.Context(), wait); err != nil {
		return nil, err
	}
	return a.response(req), nil
}

// receive reads a request to its end, before anything happens to it.
func receive(req *http.Request) (request, error) {
	r := request{op: opOf(req), header: req.Header, query: req.URL.Query(), length: -1,
		name: strings.TrimPrefix(req.URL.Path, "/")}
	if req.Body == nil {
		return r, nil
	}
	body, err := io.ReadAll(req.Body)
	if err := errors.Join(err, req.Body.Close()); err != nil {
		return r, err
	}
	r.body, r.length = body, req.ContentLength
	return r, nil
}

// arrive decides what happens to a request, and how long it is on its way in
// each direction.
func (n *network) arrive(r request) (fault string, wait time.Duration, err error) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	if n.on.dead {
		return "", 0, errDead
	}
	n.w.trace(r.op, r.name)
	h := n.w.roll("store", r.op, r.name)
	wait = time.Duration(h>>40%20_000) * time.Microsecond
	if n.w.storeRate == 0 || h%uint64(n.w.storeRate) != 0 {
		return "", wait, nil
	}
	fault = storeFaults[h>>16%uint64(len(storeFaults))]
	if n.w.storeKind != "" {
		fault = n.w.storeKind
	}
	n.w.count("store: " + fault)
	return fault, wait, nil
}

// treat lets fault happen to r.
func (n *network) treat(ctx context.Context, r request, fault string) (answer, error) {
	switch fault {
	case "500 before":
		return refuse(500, "InternalError"), nil
	case "500 after":
		_, err := n.serve(r)
		return refuse(500, "InternalError"), err
	case "503 slow down":
		return answer{status: 503, code: "SlowDown", header: http.Header{"Retry-After": {"2"}}}, nil
	case "403":
		return refuse(403, "AccessDenied"), nil
	case "409":
		return refuse(409, "ConditionalRequestConflict"), nil
	case "reset before":
		return answer{}, errReset
	case "reset after":
		_, err := n.serve(r)
		return answer{}, errors.Join(errReset, err)
	case "time-out before":
		return answer{}, hang(ctx)
	case "time-out after":
		_, err := n.serve(r)
		return answer{}, errors.Join(hang(ctx), err)
	case "time-out, takes effect late":
		n.late(r)
		return answer{}, hang(ctx)
	case "half an upload":
		// What arrives is cut short, and whoever cut it says so in the length.
		r.body, r.length = r.body[:len(r.body)/2], int64(len(r.body)/2)
	case "slow":
		if err := pass(ctx, 20*time.Second); err != nil {
			return answer{}, err
		}
	case "stale read":
		if r.op == "HeadObject" || r.op == "GetObject" {
			return refuse(404, "NoSuchKey"), nil
		}
	}
	return n.serve(r)
}

// serve lets a request reach the store, if its sender still lives then. The
// answer reaches the sender if it still lives after that.
func (n *network) serve(r request) (answer, error) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	if n.w.tick(n.on, r.op) {
		if len(r.body)%3 == 0 { // it was on its way
			n.w.store.serve(r)
		}
		return answer{}, errDead
	}
	a := n.w.store.serve(r)
	if n.w.tick(n.on, r.op) {
		return answer{}, errDead
	}
	return a, nil
}

// late lets a request take effect some seconds from now, whoever lives then.
func (n *network) late(r request) {
	wait := 3 * time.Second
	if len(r.body)%2 == 0 { // perhaps when the next process runs
		wait = 25 * time.Second
	}
	time.AfterFunc(wait, func() {
		n.w.mu.Lock()
		defer n.w.mu.Unlock()
		n.w.store.serve(r)
	})
}

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func pass(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
