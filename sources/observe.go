package sources

import "time"

// A Request is what a source tells of one request after it was answered, for
// metrics. The names in it are safe as labels: their number is bounded.
type Request struct {
	Source    string // "firehose" or "ndjson"
	Operation string // such as "PutRecord"; empty when the request named none that exists
	Stream    string // empty unless the request named a stream that runs here
	Status    int    // of the answer, in HTTP's numbers
	Error     string // the type of the error answer; empty on success
	Records   int64  // accepted
	Bytes     int64  // of record data, accepted
	Duration  time.Duration
}

// Observe is told of each request, once, after its answer was handed to the
// network. It is called from many goroutines and must not block. A nil
// Observe is not told.
type Observe func(Request)

// Tell hands r over.
func (o Observe) Tell(r Request) {
	if o != nil {
		o(r)
	}
}
