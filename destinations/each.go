package destinations

import (
	"context"
	"fmt"
	"sync"
)

// DeliverEach calls put for each object of b, up to parallel at a time, and
// waits for all of them. It returns a [*PartialError] of those that failed;
// when ctx ended, an error that wraps ctx's, for then nothing is known to be
// wrong with the objects.
func DeliverEach(ctx context.Context, b Batch, parallel int, put func(ctx context.Context, o Object) error) error {
	var (
		mu     sync.Mutex
		failed map[int]error
		wg     sync.WaitGroup
	)
	slots := make(chan struct{}, max(1, parallel))
	for i := range b.Objects {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := put(ctx, b.Objects[i]); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if failed == nil {
					failed = map[int]error{}
				}
				failed[i] = err
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("destinations: deliver batch %s: %w", b.ID, context.Cause(ctx))
	}
	if failed != nil {
		return &PartialError{Failed: failed}
	}
	return nil
}
