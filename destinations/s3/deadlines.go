package s3

import (
	"context"
	"io"
	"net/http"
	"time"
)

// slowest is the least rate, in bytes a second, at which a request is not
// given up.
const slowest = 64 << 10

// deadlines gives each try of each request the time that its size is worth,
// so that a server that hangs holds nothing for ever.
type deadlines struct {
	base    http.RoundTripper
	timeout time.Duration
}

// transferTime is what size bytes are worth.
func transferTime(size int64) time.Duration {
	return time.Duration(max(size, 0)/slowest) * time.Second
}

type patienceKey struct{}

// withPatience gives the requests of ctx more time, for an answer that is large
// or that takes the server long.
func withPatience(ctx context.Context, more time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, more)
}

func (d *deadlines) RoundTrip(req *http.Request) (*http.Response, error) {
	more, _ := req.Context().Value(patienceKey{}).(time.Duration)
	limit := d.timeout + transferTime(req.ContentLength) + more
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	resp, err := d.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &cancelBody{resp.Body, cancel}
	return resp, nil
}

// A cancelBody ends its request's deadline when it's closed.
type cancelBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
