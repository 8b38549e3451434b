package sender

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"

	"hydrant/sources"
	handler "hydrant/sources/firehose"
	"hydrant/sources/sourcetest"
)

// losing passes requests on and loses the answer of every other one.
type losing struct {
	http.RoundTripper
	mu   sync.Mutex
	n    int
	keys map[string]int
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	l.keys[r.Header.Get(sources.OwnKeyHeader)]++
	if err == nil && l.n%2 == 1 {
		resp.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return resp, err
}

func TestABatchWhoseAnswerWasLostIsStoredOnce(t *testing.T) {
	stream, streams := sourcetest.NewDurable(t, "clicks")
	server := httptest.NewServer(handler.New(streams, handler.Options{}))
	defer server.Close()
	net := &losing{RoundTripper: http.DefaultTransport, keys: make(map[string]int)}
	client := firehose.New(firehose.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Retryer: aws.NopRetryer{},
		Credentials: aws.AnonymousCredentials{}, HTTPClient: &http.Client{Transport: net},
	})
	counts, err := Send(context.Background(), client, "clicks", numbered(2500), Options{InFlight: 1})
	if err != nil || counts.Accepted != 2500 || counts.Retried == 0 {
		t.Fatalf("got %+v, %v, want 2500 accepted, some after another try", counts, err)
	}
	if got := stream.Stored(); got != 2500 {
		t.Errorf("got %d records stored, want 2500", got)
	}
	if net.keys[""] > 0 || len(net.keys) != 5 {
		t.Errorf("got keys %v, want one for each of 5 batches", net.keys)
	}
}
