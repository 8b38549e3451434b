// Package destinations defines what every place that Hydrant delivers to has
// in common: the [Destination] interface, the three kinds of error, and the
// expressions from which the name of an object is made. Each destination is a
// subpackage; destinationtest holds the suite that all of them pass.
package destinations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A Destination delivers batches to one place.
type Destination interface {
	// Deliver returns nil once every object of b is durable at the
	// destination. It makes one try. It may be called again with the same
	// batch, also by another process after a crash, so delivering twice must
	// leave the same result as delivering once.
	//
	// An error is worth retrying unless it is marked by [Permanent]. A
	// [*PartialError] tells the two apart for each object.
	Deliver(ctx context.Context, b Batch) error
}

// A Checker is a Destination that can be asked, without delivering anything,
// whether it can be reached and used.
type Checker interface {
	Check(ctx context.Context) error
}

// A Batch is what one sealed segment became: objects whose contents and names
// are decided and durable on this machine before Deliver is called.
type Batch struct {
	Stream  string
	ID      string // UUID of the segment
	Objects []Object
}

// An Object is a named sequence of bytes, durable in a local file that stays
// until the batch is acknowledged.
type Object struct {
	Key  string // complete: prefix, name and extension
	Path string // the local file, for a destination that can link it
	// Open reads the object's bytes from the start; the same for every try.
	// The caller closes it.
	Open            func() (io.ReadSeekCloser, error)
	Size            int64 // in bytes
	SHA256          [32]byte
	ContentType     string
	ContentEncoding string // empty: none
}

// Permanent marks err as one that no retry and no operator can cure: this
// input will never be accepted.
func Permanent(err error) error { return &permanentError{err} }

// IsPermanent says whether err was marked by [Permanent].
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// A RetryAfterError is temporary, and the destination said when to try again.
type RetryAfterError struct {
	Wait time.Duration
	Err  error
}

func (e *RetryAfterError) Error() string { return e.Err.Error() }
func (e *RetryAfterError) Unwrap() error { return e.Err }

// A PartialError says which objects of a batch failed; the others are durable
// at the destination and need not be delivered again.
type PartialError struct {
	Failed map[int]error // by index into Batch.Objects
}

func (e *PartialError) Error() string {
	if len(e.Failed) == 0 {
		return "destinations: nothing failed"
	}
	first := slices.Min(slices.Collect(maps.Keys(e.Failed)))
	if len(e.Failed) == 1 {
		return e.Failed[first].Error()
	}
	return fmt.Sprintf("%v (and %d more objects of the batch)", e.Failed[first], len(e.Failed)-1)
}
