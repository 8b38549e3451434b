package body

import (
	"io"
	"net/http"
	"time"
)

// How much of a body that is refused is read past, and for how long.
const (
	discardBytes = 64 << 20
	discardTime  = 5 * time.Second
)

// Discard reads past the body of a request that is refused, up to 64 MiB and
// 5 seconds: a client that is still sending when the connection closes would
// see a broken pipe and not the reason. A client that waits for permission to
// send gets none, and a body that is announced as longer is not begun.
func Discard(r *http.Request) {
	if r.Header.Get("Expect") != "" || r.ContentLength > discardBytes {
		return
	}
	if b, ok := r.Body.(interface{ Hurry(time.Duration) }); ok {
		b.Hurry(discardTime)
	}
	// The answer says what was wrong with the request; what is wrong with the
	// rest of its body is of no use to anybody.
	_, _ = io.Copy(io.Discard, &bounded{io.LimitReader(r.Body, discardBytes), time.Now().Add(discardTime)})
}

// bounded ends between two reads when its time is over.
type bounded struct {
	io.Reader
	until time.Time
}

func (b *bounded) Read(p []byte) (int, error) {
	if time.Now().After(b.until) {
		return 0, io.EOF
	}
	return b.Reader.Read(p)
}
