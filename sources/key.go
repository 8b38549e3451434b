package sources

import (
	"errors"
	"net/http"
)

// The headers of a producer's key: the name that is being standardized (IETF
// draft "The Idempotency-Key HTTP Header Field"), and one that no other server
// gives a meaning to. ReplayedHeader is in the answer to a repeat.
const (
	KeyHeader      = "Idempotency-Key"
	OwnKeyHeader   = "X-Hydrant-Idempotency-Key"
	ReplayedHeader = "Idempotency-Replayed"
)

// maxKey is the longest key, in bytes.
const maxKey = 255

// ErrKey is that a request's key is none. Its text is for the client.
var ErrKey = errors.New("the idempotency key must be given once, with 1 to 255 printable ASCII characters")

// Key returns the key that a request's producer gave it, "" if none.
func Key(h http.Header) (string, error) {
	values := append(append([]string(nil), h[OwnKeyHeader]...), h[KeyHeader]...)
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	for _, other := range values[1:] {
		if other != key {
			return "", ErrKey
		}
	}
	if key == "" || len(key) > maxKey {
		return "", ErrKey
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return "", ErrKey
		}
	}
	return key, nil
}
