package ndjson

import (
	"context"
	"net/http"

	"hydrant/buffer"
	"hydrant/sources/body"
)

// firstFrame is the room, in bytes, that a frame starts with.
const firstFrame = 64 << 10

// A room is the memory of one upload besides a signed body. It grows as lines
// come and shrinks when a frame is durable, so that an upload that stands
// still holds about what it sent.
type room struct {
	share *body.Share
	fixed int // of reading and decoding
	frame int // of the frame's records and their framing
	long  int // of a line that is longer than a chunk
}

func newRoom(r *http.Request, encoding string, memory *body.Budget) *room {
	m := &room{fixed: chunkBytes, frame: firstFrame}
	most := chunkBytes + frameBytes + MaxRecordBytes
	if encoding == body.Zstd {
		m.fixed += body.WindowBytes
		most += body.WindowBytes
	} else if n := r.ContentLength; encoding == body.Identity && n >= 0 && n < frameBytes {
		m.frame = int(min(firstFrame, 3*n)) // a line of one byte has four of framing
		most = chunkBytes + 3*int(n)
	}
	m.share = memory.Share(r, int64(most))
	return m
}

// open takes what is needed to begin with.
func (m *room) open(ctx context.Context) error { return m.hold(ctx) }

func (m *room) hold(ctx context.Context) error {
	return m.share.Grow(ctx, int64(m.fixed+m.frame+m.long))
}

// fit gives frame room for need bytes of records and their framing.
func (m *room) fit(ctx context.Context, frame *buffer.Frame, need int) error {
	if need <= m.frame {
		return nil
	}
	m.frame = min(max(2*m.frame, need), frameBytes)
	if err := m.hold(ctx); err != nil {
		return err
	}
	frame.Grow(m.frame)
	return nil
}

// fitLine gives a long line room for need bytes and returns that room.
func (m *room) fitLine(ctx context.Context, need int) (int, error) {
	m.long = min(2*need, MaxRecordBytes+chunkBytes)
	return m.long, m.hold(ctx)
}

// emptied returns a new frame in place of one that is durable.
func (m *room) emptied(frame *buffer.Frame) *buffer.Frame {
	frame.Release()
	m.frame = min(m.frame, firstFrame)
	m.share.Shrink(int64(m.fixed + m.frame + m.long))
	return buffer.NewFrame(m.frame)
}

func (m *room) release() { m.share.Release() }
