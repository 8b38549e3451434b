package firehose

import (
	"net/http"
	"strings"
	"testing"

	"hydrant/sources"
	"hydrant/sources/sourcetest"
)

func TestARequestSentAgainWithItsKeyIsStoredOnce(t *testing.T) {
	stream, streams := sourcetest.NewDurable(t, "clicks")
	h := New(streams, Options{})
	keyed := func(key string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("X-Hydrant-Idempotency-Key", key) }
	}
	batch := batchJSON("clicks", recordJSON(10), recordJSON(20))
	first, again := post(h, "PutRecordBatch", batch, keyed("k")), post(h, "PutRecordBatch", batch, keyed("k"))
	if first.Code != 200 || first.Body.String() != again.Body.String() {
		t.Errorf("got %d %s, and for the repeat %s; want the same", first.Code, first.Body, again.Body)
	}
	if first.Header().Get(sources.ReplayedHeader) != "" || again.Header().Get(sources.ReplayedHeader) != "true" {
		t.Errorf("headers %v and %v: want only the repeat marked", first.Header(), again.Header())
	}
	one := []byte(`{"DeliveryStreamName":"clicks","Record":` + recordJSON(3) + `}`)
	for _, want := range []string{"", "true"} {
		if w := post(h, "PutRecord", one, keyed("one")); w.Code != 200 || w.Header().Get(sources.ReplayedHeader) != want {
			t.Errorf("PutRecord: got %d, replayed %q, want %q", w.Code, w.Header().Get(sources.ReplayedHeader), want)
		}
	}
	other := post(h, "PutRecordBatch", batchJSON("clicks", recordJSON(11)), keyed("k"))
	if other.Code != 400 || !strings.Contains(other.Body.String(), "InvalidArgumentException") {
		t.Errorf("other records: got %d %s, want InvalidArgumentException", other.Code, other.Body)
	}
	if bad := post(h, "PutRecordBatch", batch, keyed("\x01")); bad.Code != 400 {
		t.Errorf("a key that is none: got %d %s, want 400", bad.Code, bad.Body)
	}
	if got := stream.Stored(); got != 3 {
		t.Errorf("got %d records, want 3", got)
	}
}
