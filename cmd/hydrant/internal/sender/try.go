package sender

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	jitter "math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hydrant/sources"
)

// try sends the batch once and returns the records that were not accepted,
// with the reason of the first of them.
func (s *sender) try(ctx context.Context, batch [][]byte, key string) ([][]byte, error) {
	in := &firehose.PutRecordBatchInput{DeliveryStreamName: &s.stream, Records: make([]types.Record, len(batch))}
	for i, record := range batch {
		in.Records[i].Data = record
	}
	ctx, cancel := requestContext(ctx)
	defer cancel()
	out, err := s.api.PutRecordBatch(ctx, in, withKey(key))
	if err != nil {
		s.sawAnswer(err)
		return batch, err
	}
	if len(out.RequestResponses) != len(batch) {
		return batch, fmt.Errorf("the server answered %d of %d records", len(out.RequestResponses), len(batch))
	}
	return s.sort(batch, out.RequestResponses)
}

// newKey returns a key for a batch that was never sent.
func newKey() string { return rand.Text() }

// withKey makes a call carry a key, before it is signed.
func withKey(key string) func(*firehose.Options) {
	return func(o *firehose.Options) {
		o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue(sources.OwnKeyHeader, key))
	}
}

// How long one request may take, and how long after the sender was told to
// stop.
const (
	requestTimeout = time.Minute
	stopTimeout    = 5 * time.Second
)

// requestContext lets a request that is under way end when ctx does: only its
// answer tells whether its records were accepted.
func requestContext(ctx context.Context) (context.Context, context.CancelFunc) {
	request, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(stopTimeout, cancel)
		context.AfterFunc(request, func() { late.Stop() })
	})
	return request, func() { stop(); cancel() }
}

// sort counts what was accepted and returns the rest.
func (s *sender) sort(batch [][]byte, answers []types.PutRecordBatchResponseEntry) (rest [][]byte, err error) {
	var accepted, bytes int64
	for i, a := range answers {
		if a.ErrorCode == nil {
			accepted++
			bytes += int64(len(batch[i]))
			continue
		}
		rest = append(rest, batch[i])
		if err == nil {
			err = &entryError{code: *a.ErrorCode, message: text(a.ErrorMessage)}
		}
	}
	s.count(func(c *Counts) {
		s.answered = true
		c.Accepted += accepted
		c.Bytes += bytes
	})
	return rest, err
}

func (s *sender) sawAnswer(err error) {
	if status(err) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered = true
}

// An entryError is why one record of a batch was not accepted.
type entryError struct{ code, message string }

func (e *entryError) Error() string { return e.code + ": " + e.message }

// isTemporary says whether a later try can succeed: the server asked to slow
// down, had a fault, could not be reached, or accepted the request (2xx) with
// an answer that was lost on its way. Anything else that it answered with a
// 4xx status would be answered again, and so would a handshake that was
// refused.
func isTemporary(err error) bool {
	if entry, ok := errors.AsType[*entryError](err); ok {
		return entry.code == "ServiceUnavailableException" || entry.code == "InternalFailure"
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		switch api.ErrorCode() {
		case "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailableException", "InternalFailure", "RequestTimeout":
			return true
		}
	}
	code := status(err)
	if code == 0 {
		return tlsFault(err) == ""
	}
	return code < 300 || code == 408 || code == 429 || code >= 500
}

// status returns the HTTP status that err came with, 0 when there was no
// answer.
func status(err error) int {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && r.Response != nil {
		return r.HTTPStatusCode()
	}
	return 0
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// The waits between two tries of one batch.
const (
	firstWait = 50 * time.Millisecond
	maxWait   = 5 * time.Second
)

// A backoff doubles its wait each time and adds jitter, so that batches that
// failed together do not come again together.
type backoff struct{ wait time.Duration }

func (b *backoff) reset() { b.wait = 0 }

// sleep waits; it returns false when ctx ended first.
func (b *backoff) sleep(ctx context.Context) bool {
	b.wait = min(max(2*b.wait, firstWait), maxWait)
	t := time.NewTimer(b.wait/2 + jitter.N(b.wait/2))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
