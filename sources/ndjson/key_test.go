package ndjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/sources"
	"hydrant/sources/sourcetest"
)

func keyed(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

func takenOf(t *testing.T, body string) (a intake) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return a
}

func TestABodySentAgainWithItsKeyIsStoredOnce(t *testing.T) {
	stream, streams := sourcetest.NewDurable(t, "s")
	h := New(streams, Options{})
	first := post(h, strings.NewReader("a\nb\n"), keyed("k"))
	again := post(h, strings.NewReader("a\nb\n"), keyed("k"))
	if first.Code != 200 || again.Code != 200 || first.Body.String() != again.Body.String() {
		t.Errorf("got %d %s, and for the repeat %d %s; want the same", first.Code, first.Body, again.Code, again.Body)
	}
	if first.Header().Get(sources.ReplayedHeader) != "" || again.Header().Get(sources.ReplayedHeader) != "true" {
		t.Errorf("headers %v and %v: want only the repeat marked", first.Header(), again.Header())
	}
	if other := post(h, strings.NewReader("c\n"), keyed("k")); other.Code != http.StatusConflict || !strings.Contains(other.Body.String(), "IdempotencyKeyReused") {
		t.Errorf("other lines: got %d %s, want 409", other.Code, other.Body)
	}
	if bad := post(h, strings.NewReader("c\n"), keyed(strings.Repeat("k", 300))); bad.Code != http.StatusBadRequest {
		t.Errorf("a key that is too long: got %d %s, want 400", bad.Code, bad.Body)
	}
	if got := stream.Stored(); got != 2 {
		t.Errorf("got %d records, want 2", got)
	}
}

// The disk fails in the middle of a body of several frames; sent again whole
// with its key, only the rest is stored.
func TestALongBodySentAgainStoresOnlyTheRest(t *testing.T) {
	stream, streams := sourcetest.NewDurable(t, "s")
	h := New(streams, Options{})
	var body strings.Builder
	const lines = 12_000
	for i := range lines {
		fmt.Fprintf(&body, "%06d%s\n", i, strings.Repeat("x", 1000))
	}
	stream.Disk.Fail(&buffertest.Fault{After: 1, Err: errors.New("broken"), Only: func(op buffertest.Op) bool { return op.Kind == "sync" }})
	first := post(h, strings.NewReader(body.String()), keyed("k"))
	if first.Code != http.StatusInternalServerError {
		t.Fatalf("got %d %s, want 500", first.Code, first.Body)
	}
	stream.Disk.Fail(nil)
	before := stream.Stored()
	if a := takenOf(t, first.Body.String()); a.Accepted != before || before == 0 || before == lines {
		t.Errorf("got %+v, the log holds %d; want a part accepted", a, before)
	}
	again := post(h, strings.NewReader(body.String()), keyed("k"))
	if a := takenOf(t, again.Body.String()); again.Code != 200 || a.Accepted != lines || again.Header().Get(sources.ReplayedHeader) != "" {
		t.Errorf("got %d %+v, want all accepted and not all of it replayed", again.Code, a)
	}
	if got := stream.Stored(); got != lines {
		t.Errorf("got %d records, want %d", got, lines)
	}
	if _, err := buffer.ParseRecordID(takenOf(t, again.Body.String()).First); err != nil {
		t.Error(err)
	}
}
