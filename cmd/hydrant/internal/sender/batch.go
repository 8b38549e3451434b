package sender

import (
	"context"
	"time"
)

// linger is how long a record waits for others to share its batch: for input
// that trickles, such as that of tail -f.
const linger = 200 * time.Millisecond

// cut makes batches of records, as large as the API takes them, until records
// is closed or ctx ends.
func cut(ctx context.Context, records <-chan []byte, batches chan<- [][]byte) {
	var b batch
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for {
		select {
		case r, ok := <-records:
			if !ok {
				b.flush(ctx, batches)
				return
			}
			if !b.fits(r) {
				b.flush(ctx, batches)
			}
			if len(b.records) == 0 {
				timer.Reset(linger)
			}
			b.add(r)
			if len(b.records) == MaxBatchRecords {
				b.flush(ctx, batches)
			}
		case <-timer.C:
			b.flush(ctx, batches)
		case <-ctx.Done():
			return
		}
	}
}

type batch struct {
	records [][]byte
	bytes   int
}

func (b *batch) fits(r []byte) bool { return b.bytes+len(r) <= MaxBatchBytes }

func (b *batch) add(r []byte) {
	b.records = append(b.records, r)
	b.bytes += len(r)
}

// flush hands the batch to a worker and begins another.
func (b *batch) flush(ctx context.Context, batches chan<- [][]byte) {
	if len(b.records) == 0 {
		return
	}
	select {
	case batches <- b.records:
	case <-ctx.Done():
	}
	*b = batch{}
}
