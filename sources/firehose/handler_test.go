package firehose

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"hydrant/buffer"
	"hydrant/sources"
	"hydrant/sources/auth"
	"hydrant/sources/body"
	"hydrant/sources/sourcetest"
)

// post sends a request as an SDK does, but unsigned.
func post(h http.Handler, operation string, text []byte, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(text))
	r.Header.Set("X-Amz-Target", "Firehose_20150804."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func recordJSON(size int) string {
	return `{"Data":"` + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{'x'}, size)) + `"}`
}

func batchJSON(name string, records ...string) []byte {
	return fmt.Appendf(nil, `{"DeliveryStreamName":%q,"Records":[%s]}`, name, strings.Join(records, ","))
}

func repeat(n int, s string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestAnswersAreExact(t *testing.T) {
	one, long := recordJSON(1), strings.Repeat("n", 65)
	tests := []struct {
		name, operation, body string
		status                int
		want                  string
	}{
		{"put", "PutRecord", `{"DeliveryStreamName":"clicks","Record":` + one + `}`, 200, `{"RecordId":"ID0","Encrypted":false}`},
		{"batch", "PutRecordBatch", `{"DeliveryStreamName":"clicks","Records":[` + one + `,` + one + `]}`, 200, `{"FailedPutCount":0,"Encrypted":false,"RequestResponses":[{"RecordId":"ID0"},{"RecordId":"ID1"}]}`},
		{"no such stream", "PutRecord", `{"DeliveryStreamName":"nope","Record":` + one + `}`, 400, `{"__type":"ResourceNotFoundException","message":"Firehose nope under account 000000000000 not found."}`},
		{"describe no such stream", "DescribeDeliveryStream", `{"DeliveryStreamName":"nope"}`, 400, `{"__type":"ResourceNotFoundException","message":"Firehose nope under account 000000000000 not found."}`},
		{"nothing given", "PutRecordBatch", `{}`, 400, `{"__type":"ValidationException","message":"2 validation errors detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must not be null; Value at 'records' failed to satisfy constraint: Member must not be null"}`},
		{"no record", "PutRecord", `{"DeliveryStreamName":"clicks"}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'record' failed to satisfy constraint: Member must not be null"}`},
		{"null record", "PutRecord", `{"DeliveryStreamName":"clicks","Record":null}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'record' failed to satisfy constraint: Member must not be null"}`},
		{"no data", "PutRecord", `{"DeliveryStreamName":"clicks","Record":{}}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'record.data' failed to satisfy constraint: Member must not be null"}`},
		{"null entries", "PutRecordBatch", `{"DeliveryStreamName":"clicks","Records":[` + one + `,null,{"Data":null}]}`, 400, `{"__type":"ValidationException","message":"2 validation errors detected: Value at 'records.2.member' failed to satisfy constraint: Member must not be null; Value at 'records.3.member.data' failed to satisfy constraint: Member must not be null"}`},
		{"empty batch", "PutRecordBatch", `{"DeliveryStreamName":"clicks","Records":[]}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1"}`},
		{"empty name", "PutRecord", `{"DeliveryStreamName":"","Record":` + one + `}`, 400, `{"__type":"ValidationException","message":"2 validation errors detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value at 'deliveryStreamName' failed to satisfy constraint: Member must have length greater than or equal to 1"}`},
		{"NUL in the name", "PutRecord", `{"DeliveryStreamName":"a\u0000","Record":` + one + `}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"}`},
		{"invalid UTF-8 in the name", "PutRecord", "{\"DeliveryStreamName\":\"a\xff\",\"Record\":" + one + "}", 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"}`},
		{"ARN as the name", "DescribeDeliveryStream", `{"DeliveryStreamName":"arn:aws:firehose:us-east-1:1:deliverystream/clicks"}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"}`},
		{"long name", "PutRecord", `{"DeliveryStreamName":"` + long + `","Record":` + one + `}`, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must have length less than or equal to 64"}`},
		{"longest name", "PutRecord", `{"DeliveryStreamName":"` + long[1:] + `","Record":` + one + `}`, 400, `{"__type":"ResourceNotFoundException","message":"Firehose ` + long[1:] + ` under account 000000000000 not found."}`},
		{"not JSON", "PutRecord", `hello <b>`, 400, `{"__type":"SerializationException","message":"The request body is not what the operation takes: byte 0: expected a JSON object."}`},
		{"not JSON for list", "ListDeliveryStreams", `[`, 400, `{"__type":"SerializationException","message":"The request body is not a JSON object."}`},
		{"null for list", "ListDeliveryStreams", `null`, 400, `{"__type":"SerializationException","message":"The request body is not a JSON object."}`},
		{"wrong type", "ListDeliveryStreams", `{"Limit":"1"}`, 400, `{"__type":"SerializationException","message":"Limit has the wrong JSON type."}`},
		{"list", "ListDeliveryStreams", `{}`, 200, `{"DeliveryStreamNames":["clicks","views"],"HasMoreDeliveryStreams":false}`},
		{"list one", "ListDeliveryStreams", `{"Limit":1,"DeliveryStreamType":null}`, 200, `{"DeliveryStreamNames":["clicks"],"HasMoreDeliveryStreams":true}`},
		{"list the next", "ListDeliveryStreams", `{"Limit":1,"ExclusiveStartDeliveryStreamName":"clicks"}`, 200, `{"DeliveryStreamNames":["views"],"HasMoreDeliveryStreams":false}`},
		{"list after what does not exist", "ListDeliveryStreams", `{"ExclusiveStartDeliveryStreamName":"d"}`, 200, `{"DeliveryStreamNames":["views"],"HasMoreDeliveryStreams":false}`},
		{"list another type", "ListDeliveryStreams", `{"DeliveryStreamType":"MSKAsSource"}`, 200, `{"DeliveryStreamNames":[],"HasMoreDeliveryStreams":false}`},
		{"list no type", "ListDeliveryStreams", `{"Limit":0,"DeliveryStreamType":"X"}`, 400, `{"__type":"ValidationException","message":"2 validation errors detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1; Value at 'deliveryStreamType' failed to satisfy constraint: Member must satisfy enum value set: [DirectPut, KinesisStreamAsSource, MSKAsSource, DatabaseAsSource]"}`},
		{"create", "CreateDeliveryStream", `{}`, 400, `{"__type":"InvalidArgumentException","message":"CreateDeliveryStream is not offered: delivery streams are defined in Hydrant's HCL configuration. Change their delivery_stream blocks there and run hydrant reload."}`},
		{"unknown operation", "Nope", `{}`, 400, `{"__type":"UnknownOperationException","message":"X-Amz-Target does not name an operation of the Firehose API, such as Firehose_20150804.PutRecord."}`},
	}
	segment := buffer.SegmentID{15: 1}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := New(sourcetest.New("views", "clicks"), Options{})
			w := post(h, tt.operation, []byte(tt.body))
			want := tt.want
			for i := range 2 {
				id, _ := buffer.RecordID{Segment: segment, Index: uint32(i)}.AppendText(nil)
				want = strings.ReplaceAll(want, fmt.Sprintf("ID%d", i), string(id))
			}
			if w.Code != tt.status || w.Body.String() != want {
				t.Errorf("got  %d %s\nwant %d %s", w.Code, w.Body, tt.status, want)
			}
			if got := w.Header().Get("X-Amzn-Requestid"); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(got) {
				t.Errorf("request id %q is not a UUID", got)
			}
			if got := w.Header().Get("Content-Type"); got != "application/x-amz-json-1.1" {
				t.Errorf("content type %q", got)
			}
		})
	}
}

func TestLimitsHoldAtTheirBoundaries(t *testing.T) {
	big := recordJSON(MaxRecordBytes)
	fourMiB := func(last int) []string { return append(repeat(4, big), recordJSON(last)) }
	tests := []struct {
		name    string
		records []string
		want    string // __type; empty: accepted
		message string
	}{
		{"500 records", repeat(500, recordJSON(0)), "", ""},
		{"501 records", repeat(501, recordJSON(0)), "ValidationException", "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500"},
		{"1,024,000 bytes", []string{big}, "", ""},
		{"1,024,001 bytes", []string{recordJSON(1), recordJSON(MaxRecordBytes + 1)}, "ValidationException", "1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1024000"},
		{"4 MiB", fourMiB(MaxBatchBytes - 4*MaxRecordBytes), "", ""},
		{"4 MiB and 1 byte", fourMiB(MaxBatchBytes - 4*MaxRecordBytes + 1), "InvalidArgumentException", "Records size exceeds 4 MB limit: the records have 4194305 bytes, and a batch may have 4194304."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			streams := sourcetest.New("s")
			w := post(New(streams, Options{}), "PutRecordBatch", batchJSON("s", tt.records...))
			kind, message := errorOf(t, w)
			if kind != tt.want || message != tt.message {
				t.Errorf("got %d %s %q, want %s %q", w.Code, kind, message, tt.want, tt.message)
			}
			accepted := len(streams["s"].Records())
			if want := len(tt.records); tt.want == "" && accepted != want || tt.want != "" && accepted != 0 {
				t.Errorf("accepted %d records of %d", accepted, want)
			}
		})
	}
}

func TestSingleRecordHoldsItsLimit(t *testing.T) {
	streams := sourcetest.New("s")
	h := New(streams, Options{})
	put := func(size int) *httptest.ResponseRecorder {
		return post(h, "PutRecord", []byte(`{"Record":`+recordJSON(size)+`,"DeliveryStreamName":"s"}`))
	}
	if w := put(MaxRecordBytes); w.Code != 200 {
		t.Errorf("%d bytes: got %d %s", MaxRecordBytes, w.Code, w.Body)
	}
	const want = "1 validation error detected: Value at 'record.data' failed to satisfy constraint: Member must have length less than or equal to 1024000"
	if _, message := errorOf(t, put(MaxRecordBytes+1)); message != want {
		t.Errorf("got %q, want %q", message, want)
	}
	if got := len(streams["s"].Records()); got != 1 {
		t.Errorf("accepted %d records, want 1", got)
	}
}

func errorOf(t *testing.T, w *httptest.ResponseRecorder) (kind, message string) {
	t.Helper()
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	return e.Type, e.Message
}

func TestAppendFailuresTellWhatToDo(t *testing.T) {
	tests := []struct {
		err     error
		status  int
		kind    string
		message string
	}{
		{fmt.Errorf("wrapped: %w", buffer.ErrFull), 503, "ServiceUnavailableException", "Slow down. The disk budget (max_disk) is used up, so Firehose s accepts no records until some are delivered."},
		{buffer.ErrClosed, 503, "ServiceUnavailableException", "Slow down. Firehose s is being stopped or restarted."},
		{context.Canceled, 503, "ServiceUnavailableException", "Slow down. The request was given up before its records were accepted."},
		{errors.New("sync: input/output error"), 500, "InternalFailure", "Internal Service Failure: the records could not be made durable and were not accepted."},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			streams := sourcetest.New("s")
			streams["s"].Before = func(context.Context, int) error { return tt.err }
			var told sources.Request
			h := New(streams, Options{Observe: func(r sources.Request) { told = r }})
			for _, operation := range []string{"PutRecord", "PutRecordBatch"} {
				w := post(h, operation, []byte(`{"DeliveryStreamName":"s","Record":{"Data":""},"Records":[{"Data":""}]}`))
				kind, message := errorOf(t, w)
				if w.Code != tt.status || kind != tt.kind || message != tt.message {
					t.Errorf("%s: got %d %s %q, want %d %s %q", operation, w.Code, kind, message, tt.status, tt.kind, tt.message)
				}
				if told.Status != tt.status || told.Error != tt.kind || told.Records != 0 || told.Stream != "s" {
					t.Errorf("observed %+v", told)
				}
			}
		})
	}
}

func TestObserverSeesWhatWasAccepted(t *testing.T) {
	var told sources.Request
	now := time.Unix(1_700_000_000, 0)
	tick := func() time.Time { now = now.Add(time.Millisecond); return now }
	h := New(sourcetest.New("s"), Options{Now: tick, Observe: func(r sources.Request) { told = r }})
	post(h, "PutRecordBatch", batchJSON("s", recordJSON(3), recordJSON(4)))
	want := sources.Request{Source: "firehose", Operation: "PutRecordBatch", Stream: "s", Status: 200, Records: 2, Bytes: 7, Duration: time.Millisecond}
	if told != want {
		t.Errorf("got %+v, want %+v", told, want)
	}
	post(h, "PutRecordBatch", batchJSON("made-up", recordJSON(3)))
	if told.Stream != "" {
		t.Errorf("a name that does not exist became a label: %q", told.Stream)
	}
}

func zipped(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Bytes()
}

func asGzip(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }

func TestCompressedBodies(t *testing.T) {
	good := zipped(batchJSON("s", repeat(500, recordJSON(1000))...))
	two := append(zipped([]byte(`{"DeliveryStreamName":"s",`)), zipped([]byte(`"Records":[{"Data":""}]}`))...)
	lying := zipped(batchJSON("s", recordJSON(900_000)))
	copy(lying[len(lying)-4:], []byte{9, 0, 0, 0})
	flipped := bytes.Clone(good)
	flipped[len(flipped)-6] ^= 1
	tests := []struct {
		name    string
		body    []byte
		status  int
		message string
	}{
		{"whole", good, 200, ""},
		{"two members", two, 200, ""},
		{"cut off", good[:len(good)-1], 400, "The request body cannot be read: does not decode: the gzip data ends early."},
		{"empty", nil, 400, "The request body cannot be read: does not decode: the gzip data ends early."},
		{"header only", good[:10], 400, "The request body cannot be read: does not decode: the gzip data ends early."},
		{"wrong checksum", flipped, 400, "The request body cannot be read: does not decode: gzip: invalid checksum."},
		{"wrong size", lying, 400, "The request body cannot be read: does not decode: gzip: invalid checksum."},
		{"not gzip", []byte(`{"DeliveryStreamName":"s"}`), 400, "The request body cannot be read: does not decode: gzip: invalid header."},
		{"bomb", zipped(make([]byte, 64<<20)), 413, "The request body is too large: at most 8388608 bytes, also after decompression."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			budget := body.NewBudget(64<<20, 0)
			w := post(New(sourcetest.New("s"), Options{Memory: budget}), "PutRecordBatch", tt.body, asGzip)
			if _, message := errorOf(t, w); w.Code != tt.status || message != tt.message {
				t.Errorf("got %d %q, want %d %q", w.Code, message, tt.status, tt.message)
			}
			if held := budget.InUse(); held != 0 {
				t.Errorf("%d bytes of the budget were not given back", held)
			}
		})
	}
}

func TestOtherEncodingsAreRefused(t *testing.T) {
	w := post(New(sourcetest.New("s"), Options{}), "PutRecord", nil, func(r *http.Request) { r.Header.Set("Content-Encoding", "br") })
	const want = `The request body cannot be read: encoding not supported: Content-Encoding "br"; use gzip or none.`
	if _, message := errorOf(t, w); message != want {
		t.Errorf("got %q, want %q", message, want)
	}
}

func TestWrongPathAndMethodAreHelped(t *testing.T) {
	h := New(sourcetest.New("s"), Options{})
	tests := []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/", 405, "This is Hydrant's Firehose API."},
		{"PUT", "/", 405, "This is Hydrant's Firehose API."},
		{"POST", "/clicks", 404, "There is nothing at this path."},
		{"GET", "/favicon.ico", 404, "There is nothing at this path."},
		{"POST", "/", 400, "X-Amz-Target does not name an operation"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if _, message := errorOf(t, w); w.Code != tt.status || !strings.HasPrefix(message, tt.want) {
			t.Errorf("%s %s: got %d %q, want %d %q", tt.method, tt.path, w.Code, message, tt.status, tt.want)
		}
	}
}

func TestABrowserOnAnotherSiteCannotWrite(t *testing.T) {
	streams := sourcetest.New("s")
	w := post(New(streams, Options{}), "PutRecordBatch", batchJSON("s", recordJSON(1)), func(r *http.Request) {
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if w.Code != http.StatusForbidden || len(streams["s"].Records()) != 0 {
		t.Errorf("got %d, %d records", w.Code, len(streams["s"].Records()))
	}
}

func TestDescribeLooksLikeFirehose(t *testing.T) {
	w := post(New(sourcetest.New("clicks"), Options{Region: "eu-west-1", Account: "123456789012"}), "DescribeDeliveryStream", []byte(`{"DeliveryStreamName":"clicks","ExclusiveStartDestinationId":"x"}`))
	s3 := `"BucketARN":"arn:aws:s3:::lake","BufferingHints":{"IntervalInSeconds":300,"SizeInMBs":5},"CloudWatchLoggingOptions":{"Enabled":false},"CompressionFormat":"UNCOMPRESSED",`
	rest := `"EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption"},"ErrorOutputPrefix":"errors/","Prefix":"clicks/",`
	role := `"RoleARN":"arn:aws:iam::123456789012:role/hydrant"`
	want := `{"DeliveryStreamDescription":{"CreateTimestamp":1757500000.123,"DeliveryStreamARN":"arn:aws:firehose:eu-west-1:123456789012:deliverystream/clicks",` +
		`"DeliveryStreamEncryptionConfiguration":{"Status":"DISABLED"},"DeliveryStreamName":"clicks","DeliveryStreamStatus":"ACTIVE","DeliveryStreamType":"DirectPut",` +
		`"Destinations":[{"DestinationId":"destinationId-000000000001","ExtendedS3DestinationDescription":{` + s3 + `"CustomTimeZone":"UTC","DataFormatConversionConfiguration":{"Enabled":false},` + rest +
		`"ProcessingConfiguration":{"Enabled":false,"Processors":[]},` + role + `,"S3BackupMode":"Disabled"},"S3DestinationDescription":{` + s3 + rest + role + `}}],"HasMoreDestinations":false,"VersionId":"1"}}`
	if w.Body.String() != want {
		t.Errorf("got  %s\nwant %s", w.Body, want)
	}
}

func TestFormatsAndCompressionsHaveFirehosesNames(t *testing.T) {
	tests := []struct{ format, compression, want string }{
		{"json", "none", "UNCOMPRESSED"}, {"json", "", "UNCOMPRESSED"}, {"json", "gzip", "GZIP"}, {"raw", "zip", "ZIP"},
		{"raw", "snappy", "Snappy"}, {"raw", "hadoop_snappy", "HADOOP_SNAPPY"}, {"parquet", "snappy", "UNCOMPRESSED"}, {"parquet", "gzip", "UNCOMPRESSED"},
	}
	for _, tt := range tests {
		if got := compressionFormat(sources.Info{Format: tt.format, Compression: tt.compression}); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.format, tt.compression, got, tt.want)
		}
	}
}

func TestUsedUpMemorySlowsDown(t *testing.T) {
	budget := body.NewBudget(1<<20, 0)
	others := budget.Share(nil, 1<<20)
	if err := others.Grow(t.Context(), 1<<20); err != nil {
		t.Fatal(err)
	}
	h := New(sourcetest.New("s"), Options{Memory: budget})
	w := post(h, "PutRecordBatch", batchJSON("s", recordJSON(1)))
	const want = "Slow down. The memory for requests in flight (max_memory) is used up."
	if _, message := errorOf(t, w); w.Code != 503 || message != want {
		t.Errorf("got %d %q, want 503 %q", w.Code, message, want)
	}
	others.Release()
	if w := post(h, "PutRecordBatch", batchJSON("s", recordJSON(1))); w.Code != 200 {
		t.Errorf("after memory was given back: %d %s", w.Code, w.Body)
	}
}

func TestTooLargeBodiesAreNotRead(t *testing.T) {
	w := post(New(sourcetest.New("s"), Options{}), "PutRecordBatch", make([]byte, MaxBodyBytes+1))
	if kind, _ := errorOf(t, w); w.Code != 413 || kind != "RequestEntityTooLargeException" {
		t.Errorf("got %d %s", w.Code, kind)
	}
	unsized := func(r *http.Request) { r.ContentLength = -1 }
	w = post(New(sourcetest.New("s"), Options{}), "PutRecordBatch", make([]byte, MaxBodyBytes+1), unsized)
	if kind, _ := errorOf(t, w); w.Code != 413 || kind != "RequestEntityTooLargeException" {
		t.Errorf("without Content-Length: got %d %s", w.Code, kind)
	}
	largest := append(batchJSON("s", recordJSON(1)), bytes.Repeat([]byte{' '}, MaxBodyBytes)...)[:MaxBodyBytes]
	for _, change := range []func(*http.Request){func(*http.Request) {}, unsized} {
		if w := post(New(sourcetest.New("s"), Options{}), "PutRecordBatch", largest, change); w.Code != 200 {
			t.Errorf("%d bytes: got %d %s", len(largest), w.Code, w.Body)
		}
	}
}

func TestKeysSeeTheirStreamsOnly(t *testing.T) {
	a := &api{streams: sourcetest.New("a1", "a2", "b1"), Options: Options{Auth: auth.NewVerifier("r", nil, nil), Account: "123456789012", Region: "us-east-1"}}
	c := &call{api: a, key: &auth.Key{ID: "K", Streams: []string{"a*"}}, told: sources.Request{Operation: "PutRecord"}}
	if got := fmt.Sprint(c.page("", "", 10)["DeliveryStreamNames"]); got != "[a1 a2]" {
		t.Errorf("list: got %s", got)
	}
	if _, err := c.stream("a1"); err != nil {
		t.Errorf("a1: %v", err)
	}
	const want = "firehose: AccessDeniedException: User: arn:aws:iam::123456789012:user/K is not authorized to perform: firehose:PutRecord on resource: arn:aws:firehose:us-east-1:123456789012:deliverystream/b1 because no streams pattern of the access key matches"
	if _, err := c.stream("b1"); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestTheLeastBudgetServesTheLargestRequest(t *testing.T) {
	text := batchJSON("s", repeat(4, recordJSON(MaxRecordBytes))...)
	padded := append(text, bytes.Repeat([]byte(" \n\t"), MaxBodyBytes)...)[:MaxBodyBytes]
	h := New(sourcetest.New("s"), Options{Memory: body.NewBudget(body.MinBudget, 0)})
	if w := post(h, "PutRecordBatch", zipped(padded), asGzip); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
