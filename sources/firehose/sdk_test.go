package firehose_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/smithy-go"

	"hydrant/buffer"
	"hydrant/sources/auth"
	"hydrant/sources/firehose"
	"hydrant/sources/httpserver"
	"hydrant/sources/sourcetest"
)

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// rig is the API on a socket, with a client of the real SDK.
type rig struct {
	streams sourcetest.Streams
	client  *sdk.Client
}

type rigOptions struct {
	secret    string        // of the client; empty: the right one
	skew      time.Duration // of the server's clock
	transport changed       // of what was signed
	options   []func(*sdk.Options)
}

func newRig(t *testing.T, o rigOptions) rig {
	t.Helper()
	streams := sourcetest.New("clicks", "views")
	keys := []auth.Key{{ID: "AKIDEXAMPLE", Secret: secret, Streams: []string{"click*"}}}
	now := func() time.Time { return time.Now().Add(o.skew) }
	api := firehose.New(streams, firehose.Options{Auth: auth.NewVerifier("us-east-1", keys, now)})
	server := httptest.NewServer(httpserver.Route(api, http.NotFoundHandler(), nil))
	t.Cleanup(server.Close)
	if o.secret == "" {
		o.secret = secret
	}
	config := aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: &server.URL,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", o.secret, ""),
		HTTPClient:   &http.Client{Transport: o.transport},
		Retryer:      func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) },
	}
	return rig{streams, sdk.NewFromConfig(config, o.options...)}
}

func (g rig) put(ctx context.Context, stream, data string) (*sdk.PutRecordOutput, error) {
	return g.client.PutRecord(ctx, &sdk.PutRecordInput{DeliveryStreamName: &stream, Record: &types.Record{Data: []byte(data)}})
}

func TestTheSDKPuts(t *testing.T) {
	g := newRig(t, rigOptions{})
	out, err := g.put(t.Context(), "clicks", "a\x00b")
	if err != nil || aws.ToString(out.RecordId) == "" || aws.ToBool(out.Encrypted) {
		t.Fatalf("put: %+v, %v", out, err)
	}
	batch := &sdk.PutRecordBatchInput{DeliveryStreamName: aws.String("clicks")}
	for i := range 500 {
		batch.Records = append(batch.Records, types.Record{Data: fmt.Appendf(nil, "record %d?>", i)})
	}
	answer, err := g.client.PutRecordBatch(t.Context(), batch)
	if err != nil || aws.ToInt32(answer.FailedPutCount) != 0 || len(answer.RequestResponses) != 500 {
		t.Fatalf("batch: %+v, %v", answer, err)
	}
	seen := make(map[string]bool)
	for _, r := range answer.RequestResponses {
		seen[aws.ToString(r.RecordId)] = true
	}
	if len(seen) != 500 {
		t.Errorf("%d different record ids, want 500", len(seen))
	}
	got := g.streams["clicks"].Frames()
	if len(got) != 2 || got[0][0] != "a\x00b" || len(got[1]) != 500 || got[1][499] != "record 499?>" {
		t.Errorf("frames %d", len(got))
	}
}

func TestTheSDKDescribesAndLists(t *testing.T) {
	g := newRig(t, rigOptions{})
	out, err := g.client.DescribeDeliveryStream(t.Context(), &sdk.DescribeDeliveryStreamInput{DeliveryStreamName: aws.String("clicks")})
	if err != nil {
		t.Fatal(err)
	}
	d := out.DeliveryStreamDescription
	if d.DeliveryStreamStatus != types.DeliveryStreamStatusActive || !d.CreateTimestamp.Equal(time.UnixMilli(1_757_500_000_123)) ||
		aws.ToInt32(d.Destinations[0].ExtendedS3DestinationDescription.BufferingHints.SizeInMBs) != 5 {
		t.Errorf("got %+v", d)
	}
	list, err := g.client.ListDeliveryStreams(t.Context(), &sdk.ListDeliveryStreamsInput{})
	if err != nil || !slices.Equal(list.DeliveryStreamNames, []string{"clicks"}) {
		t.Errorf("got %v, %v", list, err)
	}
}

// changed alters what the client sends after it was signed; nil alters
// nothing.
type changed func(*http.Request)

// RoundTrip hides the body's WriteTo. The SDK closes a body when the answer's
// header has come, its WriteTo then returns io.EOF, net/http asks once more for
// bytes after the last and takes that for a failed request. So a server that
// answers within microseconds can break the connection before the answer was
// read (smithy-go 1.28, safeWriteToReadCloser).
func (c changed) RoundTrip(r *http.Request) (*http.Response, error) {
	if c != nil {
		c(r)
	}
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestTheSDKUnderstandsRefusals(t *testing.T) {
	tampered := changed(func(r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(text, []byte("YQ=="), []byte("Yg=="), 1)))
	})
	anonymous := func(o *sdk.Options) { o.Credentials = aws.AnonymousCredentials{} }
	otherRegion := func(o *sdk.Options) { o.Region = "eu-west-1" }
	tests := []struct {
		name, stream string
		options      rigOptions
		want         string
	}{
		{"wrong secret", "clicks", rigOptions{secret: "wrong"}, "InvalidSignatureException"},
		{"server's clock ahead", "clicks", rigOptions{skew: 6 * time.Minute}, "InvalidSignatureException"},
		{"server's clock behind", "clicks", rigOptions{skew: -6 * time.Minute}, "InvalidSignatureException"},
		{"tampered body", "clicks", rigOptions{transport: tampered}, "InvalidSignatureException"},
		{"unsigned", "clicks", rigOptions{options: []func(*sdk.Options){anonymous}}, "MissingAuthenticationTokenException"},
		{"other region", "clicks", rigOptions{options: []func(*sdk.Options){otherRegion}}, "InvalidSignatureException"},
		{"stream of others", "views", rigOptions{}, "AccessDeniedException"},
		{"stream of others that does not exist", "nope", rigOptions{}, "AccessDeniedException"},
		{"no such stream", "click", rigOptions{}, "ResourceNotFoundException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, tt.options)
			_, err := g.put(t.Context(), tt.stream, "a")
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if n := len(g.streams["clicks"].Records()) + len(g.streams["views"].Records()); n != 0 {
				t.Errorf("%d records were accepted", n)
			}
		})
	}
}

func TestTheSDKRetriesWhenTheDiskIsFull(t *testing.T) {
	g := newRig(t, rigOptions{options: []func(*sdk.Options){func(o *sdk.Options) {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) { s.MaxBackoff = time.Millisecond })
	}}})
	g.streams["clicks"].Before = func(_ context.Context, n int) error {
		if n < 2 {
			return buffer.ErrFull
		}
		return nil
	}
	if _, err := g.put(t.Context(), "clicks", "a"); err != nil {
		t.Fatal(err)
	}
	if got := g.streams["clicks"].Records(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("accepted %q, want one a", got)
	}
}

func TestALargeBodyOfAStrangerIsAnswered(t *testing.T) {
	g := newRig(t, rigOptions{options: []func(*sdk.Options){func(o *sdk.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("STRANGER", "x", "")
	}}})
	batch := &sdk.PutRecordBatchInput{DeliveryStreamName: aws.String("clicks")}
	for range 4 {
		batch.Records = append(batch.Records, types.Record{Data: []byte(strings.Repeat("x", 1_000_000))})
	}
	_, err := g.client.PutRecordBatch(t.Context(), batch)
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "UnrecognizedClientException" {
		t.Errorf("got %v, want UnrecognizedClientException", err)
	}
}
