package firehose

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"hydrant/buffer"
	"hydrant/sources"
	"hydrant/sources/body"
)

// forgetful is a stream that takes everything and keeps nothing.
type forgetful struct{}

func (f forgetful) Stream(string) (sources.Stream, bool) { return f, true }
func (forgetful) Names() []string                        { return nil }
func (forgetful) Info() sources.Info                     { return sources.Info{} }
func (forgetful) Append(context.Context, *buffer.Frame) (buffer.Position, error) {
	return buffer.Position{}, nil
}

// discard is a client that does not look at its answer.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

type replay struct {
	text []byte
	at   int
}

func (r *replay) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at += n
	return n, nil
}

func (r *replay) Close() error { return nil }

// BenchmarkHandler is all that a request costs but the network and the log.
func BenchmarkHandler(b *testing.B) {
	for _, bench := range []struct {
		name, operation string
		text            []byte
	}{
		{"PutRecord-350", "PutRecord", []byte(`{"DeliveryStreamName":"clicks","Record":` + recordJSON(350) + `}`)},
		{"PutRecordBatch-500x350", "PutRecordBatch", benchmarkBody(500, 350)},
		{"PutRecordBatch-500x1024", "PutRecordBatch", benchmarkBody(500, 1024)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			h := New(forgetful{}, Options{Memory: body.NewBudget(64<<20, 0)})
			src := &replay{text: bench.text}
			r := httptest.NewRequest(http.MethodPost, "/", src)
			r.ContentLength = int64(len(bench.text))
			r.Header.Set("X-Amz-Target", "Firehose_20150804."+bench.operation)
			w := discard{make(http.Header)}
			b.SetBytes(int64(len(bench.text)))
			b.ReportAllocs()
			for b.Loop() {
				src.at = 0
				h.ServeHTTP(w, r)
			}
		})
	}
}
