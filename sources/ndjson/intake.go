package ndjson

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"hydrant/buffer"
	"hydrant/sources"
)

const (
	// MaxRecordBytes is the most that one record may have, as in the Firehose
	// API: 1,000 KiB.
	MaxRecordBytes = 1_024_000

	frameBytes = 4 << 20 // of records and their framing, in one append
	chunkBytes = 64 << 10
)

// An intake is what came of a request so far, and its answer.
type intake struct {
	Accepted int64    `json:"accepted"` // records
	Bytes    int64    `json:"bytes"`
	First    string   `json:"first_record_id,omitempty"`
	Last     string   `json:"last_record_id,omitempty"`
	NextLine int64    `json:"next_line,omitempty"`
	Error    *failure `json:"error,omitempty"`

	accepted int64 // lines up to the last accepted record

	key      string // of the producer; "": none
	frames   int    // accepted
	replayed int    // of frames, those that had been accepted before
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, chunkBytes) }}

// accept takes all lines into the stream, a frame at a time.
func (in *intake) accept(ctx context.Context, stream sources.Stream, src io.Reader, memory *room) error {
	r := readers.Get().(*bufio.Reader)
	r.Reset(src)
	defer func() {
		r.Reset(nil) // let go of the request
		readers.Put(r)
	}()
	frame := buffer.NewFrame(memory.frame)
	defer func() { frame.Release() }()
	lines := lineReader{r: r, fit: func(n int) (int, error) { return memory.fitLine(ctx, n) }}
	for {
		record, err := lines.next()
		switch {
		case err == io.EOF:
			return in.append(ctx, stream, frame, lines.filled)
		case err != nil:
			return err
		}
		if size(frame)+4+len(record) > frameBytes {
			if err := in.append(ctx, stream, frame, lines.filled); err != nil {
				return err
			}
			frame = memory.emptied(frame)
		}
		if err := memory.fit(ctx, frame, size(frame)+4+len(record)); err != nil {
			return err
		}
		frame.Add(record)
		lines.filled = lines.line
	}
}

// size is about what a frame takes in the log.
func size(f *buffer.Frame) int { return int(f.Bytes()) + 4*f.Len() }

// append makes a frame durable; its last record is on the given line.
func (in *intake) append(ctx context.Context, stream sources.Stream, frame *buffer.Frame, line int64) error {
	if frame.Len() == 0 {
		return nil
	}
	if in.key != "" {
		frame.SetKey(in.key, in.frames)
	}
	at, err := stream.Append(ctx, frame)
	if err != nil {
		return &appendError{err}
	}
	in.frames++
	if at.Repeat {
		in.replayed++
	}
	in.Accepted += int64(frame.Len())
	in.Bytes += frame.Bytes()
	in.accepted = line
	return in.name(at, frame.Len())
}

// name notes the ids of the first and the last of n records at a position.
func (in *intake) name(at buffer.Position, n int) error {
	id := buffer.RecordID{Segment: at.Segment, Offset: at.Offset}
	if in.First == "" {
		first, err := id.AppendText(nil)
		if err != nil {
			return fmt.Errorf("ndjson: first record's id: %w", err)
		}
		in.First = string(first)
	}
	id.Index = uint32(n - 1)
	last, err := id.AppendText(nil)
	if err != nil {
		return fmt.Errorf("ndjson: last record's id: %w", err)
	}
	in.Last = string(last)
	return nil
}

// send answers with what came of the request.
func (in *intake) send(w http.ResponseWriter, status int) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(in) // numbers and strings always encode
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	switch status {
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "5")
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", `Basic realm="Hydrant"`)
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(status)
	// A client that is gone misses its answer, whatever is done here.
	_, _ = w.Write(b.Bytes())
}
