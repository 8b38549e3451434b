package destinations

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func batchOf(n int) Batch {
	b := Batch{ID: "batch"}
	for i := range n {
		b.Objects = append(b.Objects, Object{Key: fmt.Sprint(i)})
	}
	return b
}

func TestDeliverEachTellsWhichObjectsFailed(t *testing.T) {
	var put atomic.Int32
	err := DeliverEach(context.Background(), batchOf(5), 2, func(_ context.Context, o Object) error {
		put.Add(1)
		if o.Key == "1" {
			return Permanent(errors.New("one"))
		}
		if o.Key == "3" {
			return errors.New("three")
		}
		return nil
	})
	var partial *PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("got %v, want a *PartialError", err)
	}
	if put.Load() != 5 || len(partial.Failed) != 2 || !IsPermanent(partial.Failed[1]) || IsPermanent(partial.Failed[3]) || IsPermanent(err) {
		t.Errorf("%d puts, failed %v", put.Load(), partial.Failed)
	}
	if got, want := err.Error(), "one (and 1 more objects of the batch)"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestDeliverEachIsBoundedAndStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var running, most atomic.Int32
		err := DeliverEach(ctx, batchOf(100), 4, func(ctx context.Context, _ Object) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || most.Load() != 4 || running.Load() != 0 {
			t.Errorf("got %v with %d at a time, %d left running", err, most.Load(), running.Load())
		}
	})
}
