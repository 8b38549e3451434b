package harness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
)

// Firehose returns the AWS SDK's own client, pointed at the daemon.
func (d *Daemon) Firehose(accessKey, secret string) *firehose.Client {
	return firehose.New(firehose.Options{
		BaseEndpoint: aws.String(d.URL()),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secret, ""),
		HTTPClient:   &http.Client{Transport: wholeAnswers{http.DefaultTransport}},
	})
}

// wholeAnswers hands out an answer when all of it is there. The SDK closes a
// request's body as soon as it sees the answer's headers, which breaks the
// connection under an answer that is faster than the transport's bookkeeping:
// on the loopback the SDK then repeats a request that was answered, and what
// it repeats without a key is stored twice.
type wholeAnswers struct{ http.RoundTripper }

func (t wholeAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, nil
}

// batchRecords and batchBytes are the limits of PutRecordBatch: 500 records
// and, with room for base64 and JSON, 4 MiB.
const (
	batchRecords = 500
	batchBytes   = 2 << 20
)

// Batches cuts records into lists that PutRecordBatch takes.
func Batches(records [][]byte) [][][]byte {
	var batches [][][]byte
	var batch [][]byte
	size := 0
	for _, r := range records {
		if len(batch) == batchRecords || len(batch) > 0 && size+len(r) > batchBytes {
			batches, batch, size = append(batches, batch), nil, 0
		}
		batch, size = append(batch, r), size+len(r)
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	return batches
}

// Put sends records to a stream through the SDK and returns an error unless
// every one was accepted.
func Put(ctx context.Context, client *firehose.Client, stream string, records [][]byte) error {
	for _, batch := range Batches(records) {
		in := &firehose.PutRecordBatchInput{DeliveryStreamName: &stream}
		for _, r := range batch {
			in.Records = append(in.Records, types.Record{Data: r})
		}
		out, err := client.PutRecordBatch(ctx, in)
		if err != nil {
			return fmt.Errorf("harness: put to %s: %w", stream, err)
		}
		if n := aws.ToInt32(out.FailedPutCount); n != 0 {
			return fmt.Errorf("harness: put to %s: %d of %d records refused", stream, n, len(batch))
		}
	}
	return nil
}

// PutOne sends one record as a PutRecord and returns the answer's error.
func PutOne(ctx context.Context, client *firehose.Client, stream string, data []byte) error {
	_, err := client.PutRecord(ctx, &firehose.PutRecordInput{DeliveryStreamName: &stream, Record: &types.Record{Data: data}})
	return err
}

// PostLines sends NDJSON to the plain HTTP API and returns the status and the
// answer's text.
func (d *Daemon) PostLines(ctx context.Context, stream string, body []byte, header http.Header) (status int, answer string, err error) {
	url := d.URL() + "/v1/streams/" + stream + "/records"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}
