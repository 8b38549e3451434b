// Package sender puts records into a delivery stream through the Firehose API:
// in batches as large as the API takes, several under way at once, with only
// those entries sent again that were not accepted.
//
// A batch whose answer was lost is sent again with the same key, by which
// Hydrant knows it, so that its records are stored once. A record is never
// counted as accepted without the server having said so.
package sender

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/firehose"
)

// The limits of one PutRecordBatch (Firehose developer guide, Quotas).
const (
	MaxBatchRecords = 500
	MaxBatchBytes   = 4 << 20
	MaxRecordBytes  = 1000 << 10
)

// firstContact is how long a server is tried that has never answered.
const firstContact = 3 * time.Second

// An API is what a sender needs of a Firehose client.
type API interface {
	PutRecordBatch(context.Context, *firehose.PutRecordBatchInput, ...func(*firehose.Options)) (*firehose.PutRecordBatchOutput, error)
}

// A Source yields records one after the other: io.EOF ends it. The sender
// keeps what it returns.
type Source interface {
	Next() ([]byte, error)
}

// Options say how to send. The zero value of each is its default.
type Options struct {
	InFlight int           // batches under way at once; default 4
	Patience time.Duration // how long one batch is retried without any record of it being accepted; default 1 minute
	Progress func(Counts)  // called after each answer, one call at a time
}

// Counts are what became of the records so far.
type Counts struct {
	Read     int64 `json:"read"`      // taken from the source
	Accepted int64 `json:"accepted"`  // the server said that they are durable
	Refused  int64 `json:"refused"`   // all others, once the sender is done
	Retried  int64 `json:"retried"`   // sent more than once, counted each time
	Bytes    int64 `json:"bytes"`     // of accepted records
	TooLarge int64 `json:"too_large"` // among those refused
}

// ErrUnreachable marks an error of a server that never answered.
var ErrUnreachable = errors.New("no answer from the server")

// Send puts all records of src into the stream. It returns when all were
// answered, when src fails, when the server refuses the stream or the caller for
// good, when patience is over, or when ctx ends; the counts are right in each
// case, and the error says why not everything was sent. That some records were
// too large is no error: they are in Counts.
func Send(ctx context.Context, api API, stream string, src Source, o Options) (Counts, error) {
	if o.InFlight <= 0 {
		o.InFlight = 4
	}
	if o.Patience <= 0 {
		o.Patience = time.Minute
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &sender{api: api, stream: stream, o: o, stop: cancel}
	records, batches, done := make(chan []byte, MaxBatchRecords), make(chan [][]byte), make(chan error, 1)
	go func() {
		defer close(records)
		done <- s.read(ctx, src, records)
	}()
	go func() {
		defer close(batches)
		cut(ctx, records, batches)
	}()
	var workers sync.WaitGroup
	for range o.InFlight {
		workers.Go(func() { s.work(ctx, batches) })
	}
	workers.Wait()
	var err error
	select {
	case err = <-done:
	default: // interrupted: nothing can end a read from a terminal, so it is left behind
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Refused = s.counts.Read - s.counts.Accepted
	return s.counts, err
}

type sender struct {
	api    API
	stream string
	o      Options
	stop   context.CancelCauseFunc

	mu       sync.Mutex
	counts   Counts
	answered bool // the server was reached at least once
}

// work sends batches until there are no more or ctx ends.
func (s *sender) work(ctx context.Context, batches <-chan [][]byte) {
	for {
		select {
		case b, ok := <-batches:
			if !ok {
				return
			}
			s.deliver(ctx, b)
		case <-ctx.Done():
			return
		}
	}
}

// read hands the records of src on until it or ctx ends.
func (s *sender) read(ctx context.Context, src Source, records chan<- []byte) error {
	for {
		record, err := src.Next()
		if err != nil {
			return ignoreEOF(err)
		}
		if !s.fits(record) {
			continue
		}
		select {
		case records <- record:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fits counts a record that was read and says whether the API can take it.
func (s *sender) fits(record []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Read++
	if len(record) <= MaxRecordBytes {
		return true
	}
	s.counts.TooLarge++
	return false
}

func (s *sender) count(change func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.counts)
	if s.o.Progress != nil {
		s.o.Progress(s.counts)
	}
}

// deliver sends a batch until all of it is accepted, or gives the rest up and
// stops the whole sender: what one batch meets, the next would meet too.
func (s *sender) deliver(ctx context.Context, batch [][]byte) {
	var wait backoff
	key := newKey()
	since := time.Now() // of the last accepted record
	for {
		rest, err := s.try(ctx, batch, key)
		if len(rest) == 0 {
			return
		}
		if len(rest) < len(batch) {
			key = newKey() // what is left is another batch
			since = time.Now()
			wait.reset()
		}
		batch = rest
		if reason := s.hopeless(err, since); reason != nil {
			s.stop(reason)
			return
		}
		if !wait.sleep(ctx) {
			return
		}
		s.count(func(c *Counts) { c.Retried += int64(len(batch)) })
	}
}

// hopeless returns the error to give up with, or nil when another try is worth
// it.
func (s *sender) hopeless(err error, since time.Time) error {
	if fault := tlsFault(err); fault != "" {
		return fmt.Errorf("put into %s: %s: %w", s.stream, fault, err)
	}
	if !isTemporary(err) {
		return fmt.Errorf("put into %s: %w", s.stream, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	patience := s.o.Patience
	if !s.answered {
		patience = min(patience, firstContact)
	}
	switch {
	case time.Since(since) < patience:
		return nil
	case !s.answered:
		return fmt.Errorf("put into %s: %w: %w", s.stream, ErrUnreachable, err)
	}
	return fmt.Errorf("put into %s: gave up after %s: %w", s.stream, s.o.Patience, err)
}
