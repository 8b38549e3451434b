// Package sources holds what all ways into Hydrant share: how a source finds a
// stream, and what it may ask of it. Each way in is a subpackage. A source
// checks what it is given, hands whole frames to the stream's log, and says
// yes to a producer only after Append has returned.
package sources

import (
	"context"
	"time"

	"hydrant/buffer"
)

// Streams finds the running delivery streams. It is safe for concurrent use.
type Streams interface {
	// Stream returns the running stream of that name.
	Stream(name string) (Stream, bool)
	// Names returns the names of all streams in lexical order.
	Names() []string
}

// A Stream takes records. It is safe for concurrent use.
type Stream interface {
	// Append returns once all records of f are durable, or an error, and then
	// none of them was accepted. Errors are told apart with errors.Is:
	// [buffer.ErrFull], [buffer.ErrClosed], [buffer.ErrKeyReused]; any other is
	// a fault of this machine. The caller keeps f.
	Append(ctx context.Context, f *buffer.Frame) (buffer.Position, error)
	// Info describes the stream for the API.
	Info() Info
}

// Info is what the API's DescribeDeliveryStream needs of a stream.
type Info struct {
	Name    string
	Version int       // counts up with each change of its configuration, from 1
	Created time.Time // when it was first configured here
	Updated time.Time // when Version last changed; zero: never

	Bucket         string // "lake", or "file:///dir"
	Prefix         string
	ErrorPrefix    string
	ErrorBucket    string
	BufferBytes    int64
	BufferInterval time.Duration
	Compression    string // of text formats: "none", "gzip", "zip", "snappy" ...
	Format         string // "parquet", "json", "raw"
	TimeZone       string
}
