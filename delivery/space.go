package delivery

import (
	"context"
	"fmt"
	"time"

	"hydrant/buffer"
)

// spaceInterval is how often the file system is asked for its free space.
const spaceInterval = 200 * time.Millisecond

// leastHeadroom is what is kept free beside the streams' own needs.
const leastHeadroom = 16 << 20

// stagingFactor is how many times its records' size a segment may take to stage.
const stagingFactor = 2

// watchSpace refuses appends when the file system has less room than delivery
// needs: a full disk on which nothing can be staged would never empty. It ends
// with ctx.
func (h *Hub) watchSpace(ctx context.Context) {
	fsys, ok := h.options.FS.(buffer.SpaceFS)
	if !ok {
		return
	}
	for {
		h.checkSpace(fsys)
		if sleep(ctx, spaceInterval) != nil {
			return
		}
	}
}

func (h *Hub) checkSpace(fsys buffer.SpaceFS) {
	free, total, err := fsys.Space(h.options.DataDir)
	if err != nil {
		h.options.Log.Warn("free space of the data directory is not known", "err", err)
		return
	}
	h.space.Store(free)
	need := min(h.headroom(), total/3)
	h.options.Disk.SetRoom(free-need, fmt.Sprintf("the file system of %s has %d MiB free, and %d MiB are kept for delivery",
		h.options.DataDir, free>>20, need>>20))
}

// headroom is the free space in bytes that appends leave for delivery: room to
// stage the largest segments that may be under way, each at twice the size of
// its records (archived ones grow by their base64 and their reasons).
func (h *Hub) headroom() int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var largest int64
	for _, st := range h.streams {
		largest = max(largest, st.bufferSize.Load())
	}
	return leastHeadroom + 2*stagingFactor*largest
}
