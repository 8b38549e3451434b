// Package destinationtest is the suite that every destination of objects
// passes, and every fake that stands for one.
package destinationtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hydrant/destinations"
)

// A Bucket is a destination under test and the way to look behind it.
type Bucket struct {
	Destination destinations.Destination
	// Objects returns all that is there, by key, temporary things included.
	Objects func(t testing.TB) map[string]string
}

// Run runs the suite. open returns an empty bucket each time.
func Run(t *testing.T, open func(t testing.TB) Bucket) {
	for name, promise := range map[string]func(*testing.T, Bucket){
		"delivers what it was given":                    delivers,
		"delivering twice leaves the same once":         deliversTwice,
		"delivering again with another file is adopted": adopts,
		"other bytes under a key are refused for good":  refusesOtherBytes,
		"an empty object is an object":                  deliversEmpty,
		"an empty batch is delivered":                   deliversNothing,
		"keys are taken as they are":                    takesOddKeys,
		"batches go side by side":                       deliversInParallel,
		"what failed is told and can be resumed":        resumes,
		"a damaged object is not delivered":             refusesDamage,
		"it stops when cancelled":                       stops,
		"it can be checked":                             checks,
	} {
		t.Run(name, func(t *testing.T) { promise(t, open(t)) })
	}
}

// Object returns an object whose bytes lie in a file, as delivery stages them.
func Object(t testing.TB, key, body string) destinations.Object {
	t.Helper()
	name := filepath.Join(t.TempDir(), "staged")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return destinations.Object{
		Key:         key,
		Path:        name,
		Open:        func() (io.ReadSeekCloser, error) { return os.Open(name) },
		Size:        int64(len(body)),
		SHA256:      sha256.Sum256([]byte(body)),
		ContentType: "application/octet-stream",
	}
}

// BatchOf returns a batch of these objects.
func BatchOf(objects ...destinations.Object) destinations.Batch {
	return destinations.Batch{Stream: "clicks", ID: "0f8fad5b-d9cb-469f-a165-70867728950e", Objects: objects}
}

func deliver(t testing.TB, b Bucket, objects ...destinations.Object) {
	t.Helper()
	if err := b.Destination.Deliver(context.Background(), BatchOf(objects...)); err != nil {
		t.Fatalf("deliver: %v", err)
	}
}

func want(t testing.TB, b Bucket, objects map[string]string) {
	t.Helper()
	got := b.Objects(t)
	if !maps.Equal(got, objects) {
		t.Errorf("there are %v, want %v", brief(got), brief(objects))
	}
}

func brief(objects map[string]string) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		out = append(out, fmt.Sprintf("%q: %d bytes %.20q", key, len(objects[key]), objects[key]))
	}
	return "{" + strings.Join(out, ", ") + "}"
}

func delivers(t *testing.T, b Bucket) {
	long := strings.Repeat("0123456789abcde\n", 1<<16) // 1 MiB
	deliver(t, b, Object(t, "a/b/one", "1"), Object(t, "a/two", long), Object(t, "three", "3"))
	want(t, b, map[string]string{"a/b/one": "1", "a/two": long, "three": "3"})
}

func deliversTwice(t *testing.T, b Bucket) {
	one, two := Object(t, "a/one", "1"), Object(t, "a/two", "22")
	deliver(t, b, one, two)
	deliver(t, b, one, two)
	want(t, b, map[string]string{"a/one": "1", "a/two": "22"})
}

func adopts(t *testing.T, b Bucket) {
	deliver(t, b, Object(t, "a/one", "1"))
	deliver(t, b, Object(t, "a/one", "1"), Object(t, "a/two", "2"))
	want(t, b, map[string]string{"a/one": "1", "a/two": "2"})
}

func refusesOtherBytes(t *testing.T, b Bucket) {
	deliver(t, b, Object(t, "a/one", "1"))
	for _, other := range []string{"2", "longer"} {
		err := b.Destination.Deliver(context.Background(), BatchOf(Object(t, "a/one", other), Object(t, "a/"+other, other)))
		failed := failures(t, err)
		if len(failed) != 1 || !destinations.IsPermanent(failed[0]) || !strings.Contains(failed[0].Error(), "a/one") {
			t.Errorf("other bytes %q give %v, want a permanent error of the first object that names its key", other, failed)
		}
	}
	want(t, b, map[string]string{"a/one": "1", "a/2": "2", "a/longer": "longer"})
}

func failures(t testing.TB, err error) map[int]error {
	t.Helper()
	var partial *destinations.PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("got %v, want a *PartialError", err)
	}
	return partial.Failed
}

func deliversEmpty(t *testing.T, b Bucket) {
	deliver(t, b, Object(t, "empty", ""))
	deliver(t, b, Object(t, "empty", ""))
	want(t, b, map[string]string{"empty": ""})
}

func deliversNothing(t *testing.T, b Bucket) {
	deliver(t, b)
	want(t, b, map[string]string{})
}

func takesOddKeys(t *testing.T, b Bucket) {
	all := map[string]string{}
	var objects []destinations.Object
	for i, key := range []string{
		"dt=2026-01-02/region=eu+west/x", "a b/c d", "서울/é", "per%cent/%2F/100%", "plus+and&amp;", "q?x=1#y", "'quoted'\"", "!(*)~",
		"@:;,$", "...dots/..x/x..", "back\\slash", "tab\there", "emoji/🚰", strings.Repeat("long/", 90) + "x",
	} {
		all[key] = fmt.Sprint(i)
		objects = append(objects, Object(t, key, all[key]))
	}
	deliver(t, b, objects...)
	deliver(t, b, objects...)
	want(t, b, all)
}

func deliversInParallel(t *testing.T, b Bucket) {
	all := map[string]string{}
	var batches []destinations.Batch
	for i := range 8 {
		var objects []destinations.Object
		for j := range 6 {
			key := fmt.Sprintf("dt=%d/batch-%d-%d", j%3, i, j)
			all[key] = strings.Repeat(key, 1000)
			objects = append(objects, Object(t, key, all[key]))
		}
		batch := BatchOf(objects...)
		batch.ID = fmt.Sprint(i)
		batches = append(batches, batch)
	}
	var wg sync.WaitGroup
	for _, batch := range batches {
		wg.Go(func() {
			if err := b.Destination.Deliver(context.Background(), batch); err != nil {
				t.Errorf("batch %s: %v", batch.ID, err)
			}
		})
	}
	wg.Wait()
	want(t, b, all)
}

func resumes(t *testing.T, b Bucket) {
	good, bad := Object(t, "a/good", "1"), Object(t, "a/bad", "22")
	open, path := bad.Open, bad.Path
	bad.Path, bad.Open = "", func() (io.ReadSeekCloser, error) { return nil, errors.New("disk is away") }
	failed := failures(t, b.Destination.Deliver(context.Background(), BatchOf(good, bad)))
	if len(failed) != 1 || failed[1] == nil || destinations.IsPermanent(failed[1]) || !strings.Contains(failed[1].Error(), "disk is away") {
		t.Errorf("failed: %v, want the second object, for now, with the reason", failed)
	}
	want(t, b, map[string]string{"a/good": "1"})
	bad.Path, bad.Open = path, open
	deliver(t, b, bad)
	want(t, b, map[string]string{"a/good": "1", "a/bad": "22"})
}

func refusesDamage(t *testing.T, b Bucket) {
	for name, damage := range map[string]string{"short": "hell", "changed": "hellO", "long": "hello!"} {
		o := Object(t, name, "hello")
		o.Path, o.Open = "", func() (io.ReadSeekCloser, error) { return closer{bytes.NewReader([]byte(damage))}, nil }
		failed := failures(t, b.Destination.Deliver(context.Background(), BatchOf(o)))
		if len(failed) != 1 || destinations.IsPermanent(failed[0]) {
			t.Errorf("%s: failed %v, want a temporary error", name, failed)
		}
	}
	want(t, b, map[string]string{})
}

type closer struct{ io.ReadSeeker }

func (closer) Close() error { return nil }

func stops(t *testing.T, b Bucket) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := b.Destination.Deliver(ctx, BatchOf(Object(t, "a", "1")))
	if !errors.Is(err, context.Canceled) || destinations.IsPermanent(err) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func checks(t *testing.T, b Bucket) {
	c, ok := b.Destination.(destinations.Checker)
	if !ok {
		return // what can't be asked is not asked
	}
	if err := c.Check(context.Background()); err != nil {
		t.Errorf("check: %v", err)
	}
	want(t, b, map[string]string{})
}
