package sender

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"

	handler "hydrant/sources/firehose"
	"hydrant/sources/sourcetest"
)

func client(url string, c *http.Client) *firehose.Client {
	return firehose.New(firehose.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(url), Retryer: aws.NopRetryer{},
		Credentials: aws.AnonymousCredentials{}, HTTPClient: c,
	})
}

// cutting answers every other request with 200 and loses what follows.
type cutting struct {
	http.RoundTripper
	n int
}

type lostBody struct{}

func (lostBody) Read([]byte) (int, error) { return 0, net.ErrClosed }
func (lostBody) Close() error             { return nil }

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if c.n++; err == nil && c.n%2 == 1 {
		_ = resp.Body.Close()
		resp.Body = lostBody{}
	}
	return resp, err
}

func TestAnAnswerWhoseBodyIsLostIsAskedForAgain(t *testing.T) {
	server := httptest.NewServer(handler.New(sourcetest.New("clicks"), handler.Options{}))
	defer server.Close()
	api := client(server.URL, &http.Client{Transport: &cutting{RoundTripper: http.DefaultTransport}})
	counts, err := Send(t.Context(), api, "clicks", numbered(1200), Options{InFlight: 1})
	if err != nil || counts.Accepted != 1200 || counts.Retried != 1200 {
		t.Errorf("got %+v, %v, want 1200 accepted, each sent twice", counts, err)
	}
}

func TestServersThatNeverAgreeAreNotTriedAgain(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, c := range []struct{ name, url, want string }{
		{"unknown authority", secure.URL, "--ca-file"},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), "speaks no TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := Send(context.Background(), client(c.url, &http.Client{Transport: new(http.Transport)}), "clicks", numbered(1), Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrUnreachable) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("it took %v to say so", took)
			}
		})
	}
}
