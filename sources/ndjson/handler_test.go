package ndjson

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"hydrant/buffer"
	"hydrant/sources"
	"hydrant/sources/auth"
	"hydrant/sources/body"
	"hydrant/sources/sourcetest"
)

func post(h http.Handler, text io.Reader, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/streams/s/records", text)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func idOf(offset uint64, index uint32) string {
	id, _ := buffer.RecordID{Segment: buffer.SegmentID{15: 1}, Offset: offset, Index: index}.AppendText(nil)
	return string(id)
}

func TestLinesAreRecords(t *testing.T) {
	longest := strings.Repeat("x", MaxRecordBytes)
	tests := []struct {
		name, body string
		want       []string
	}{
		{"nothing", "", nil},
		{"one line", "a\n", []string{"a"}},
		{"last line does not end", "a\nb", []string{"a", "b"}},
		{"CRLF", "a\r\nb\r\n", []string{"a", "b"}},
		{"empty lines", "\n\r\n\na\n\n\nb\n\r\n", []string{"a", "b"}},
		{"carriage returns inside", "a\rb\r\r\n\rc\n", []string{"a\rb\r", "\rc"}},
		{"carriage return at the end", "a\r", []string{"a\r"}},
		{"any bytes", "\x00\xff\n \n", []string{"\x00\xff", " "}},
		{"longest record", longest + "\n", []string{longest}},
		{"longest records, CRLF and no end", longest + "\r\n" + longest, []string{longest, longest}},
		{"around the chunk", strings.Repeat("y", chunkBytes-1) + "\n" + strings.Repeat("z", chunkBytes) + "\nq\n", []string{strings.Repeat("y", chunkBytes-1), strings.Repeat("z", chunkBytes), "q"}},
	}
	for _, tt := range tests {
		for _, pace := range []struct {
			name string
			of   func(io.Reader) io.Reader
		}{{"whole", func(r io.Reader) io.Reader { return r }}, {"halves", iotest.HalfReader}, {"with its end", iotest.DataErrReader}} {
			t.Run(tt.name+" "+pace.name, func(t *testing.T) {
				streams := sourcetest.New("s")
				w := post(New(streams, Options{}), pace.of(strings.NewReader(tt.body)))
				size := 0
				for _, r := range tt.want {
					size += len(r)
				}
				answer := `{"accepted":0,"bytes":0}`
				if n := len(tt.want); n > 0 {
					answer = fmt.Sprintf(`{"accepted":%d,"bytes":%d,"first_record_id":"%s","last_record_id":"%s"}`, n, size, idOf(0, 0), idOf(0, uint32(n-1)))
				}
				if w.Code != 200 || w.Body.String() != answer+"\n" {
					t.Errorf("got  %d %s\nwant 200 %s", w.Code, w.Body, answer)
				}
				if got := streams["s"].Records(); !slices.Equal(got, tt.want) {
					t.Errorf("got %d records, want %d", len(got), len(tt.want))
				}
			})
		}
	}
}

// partial is an answer as a client sees it.
type partial struct {
	Accepted int64  `json:"accepted"`
	First    string `json:"first_record_id"`
	Last     string `json:"last_record_id"`
	NextLine int64  `json:"next_line"`
	Error    struct{ Code, Message string }
}

func answerOf(t *testing.T, w *httptest.ResponseRecorder) partial {
	t.Helper()
	var p partial
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	return p
}

// manyLines is n lines of 999 bytes, each with its number, and an empty line
// after each.
func manyLines(n int) string { return twelveThousand()[:n*(999+2)] }

var twelveThousand = sync.OnceValue(func() string {
	var b strings.Builder
	zeros := strings.Repeat("0", 994)
	for i := range 12_000 {
		fmt.Fprintf(&b, "%s%05d\n\n", zeros, i)
	}
	return b.String()
})

func TestALongBodyIsTakenInFramesAndToldHowFar(t *testing.T) {
	const inFrame = frameBytes / (999 + 4)
	full := fmt.Errorf("wrapped: %w", buffer.ErrFull)
	tests := []struct {
		name     string
		body     io.Reader
		before   func(context.Context, int) error
		status   int
		code     string
		message  string
		accepted int64
		nextLine int64
	}{
		{"all of it", strings.NewReader(manyLines(10_000)), nil, 200, "", "", 10_000, 0},
		{"full at the second frame", strings.NewReader(manyLines(10_000)), func(_ context.Context, n int) error {
			if n == 1 {
				return full
			}
			return nil
		}, 503, "SlowDown", "Slow down. The disk budget (max_disk) is used up; no records are accepted until some are delivered.", inFrame, 2 * inFrame},
		{"long line in the second frame", strings.NewReader(manyLines(5_000) + strings.Repeat("x", MaxRecordBytes+1) + "\n"), nil, 413, "RecordTooLarge", "Line 10001 is longer than 1024000 bytes, the most that a record may have.", inFrame, 2 * inFrame},
		{"long line in the first frame", strings.NewReader("a\n\n" + strings.Repeat("x", MaxRecordBytes+1)), nil, 413, "RecordTooLarge", "Line 3 is longer than 1024000 bytes, the most that a record may have.", 0, 1},
		{"very long line", io.MultiReader(strings.NewReader("a\n"), zeros(1<<30)), nil, 413, "RecordTooLarge", "Line 2 is longer than 1024000 bytes, the most that a record may have.", 0, 1},
		{"connection lost", io.MultiReader(strings.NewReader(manyLines(5_000)+"half a li"), iotest.ErrReader(errors.New("connection reset"))), nil, 400, "BadBody", "The body cannot be read: cut off: after 5005009 bytes: connection reset.", inFrame, 2 * inFrame},
		{"too slow", io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(os.ErrDeadlineExceeded)), nil, 408, "BodyTooSlow", "The body came too slow: 2 bytes came in the time given.", 0, 1},
		{"stream stops", strings.NewReader("a\n"), func(context.Context, int) error { return buffer.ErrClosed }, 503, "SlowDown", "Slow down. The delivery stream is being stopped or restarted.", 0, 1},
		{"given up", strings.NewReader("a\n"), func(context.Context, int) error { return context.Canceled }, 503, "SlowDown", "Slow down. The request was given up before all its records were accepted.", 0, 1},
		{"disk fails", strings.NewReader("a\n"), func(context.Context, int) error { return errors.New("input/output error") }, 500, "InternalFailure", "The records could not be made durable and were not accepted.", 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			streams := sourcetest.New("s")
			streams["s"].Before = tt.before
			budget := body.NewBudget(32<<20, 0)
			var told sources.Request
			h := New(streams, Options{Memory: budget, Observe: func(r sources.Request) { told = r }})
			w := post(h, tt.body, func(r *http.Request) { r.ContentLength = -1 })
			got := answerOf(t, w)
			if w.Code != tt.status || got.Error.Code != tt.code || got.Error.Message != tt.message || got.Accepted != tt.accepted || got.NextLine != tt.nextLine {
				t.Errorf("got %d %s\nwant %d, %d accepted, next line %d, %s %s", w.Code, w.Body, tt.status, tt.accepted, tt.nextLine, tt.code, tt.message)
			}
			if n := len(streams["s"].Records()); int64(n) != tt.accepted {
				t.Errorf("the stream has %d records, the answer says %d", n, tt.accepted)
			}
			if told.Records != tt.accepted || told.Error != tt.code || told.Status != tt.status {
				t.Errorf("observed %+v", told)
			}
			if retry := w.Header().Get("Retry-After"); (retry != "") != (tt.status == 503) {
				t.Errorf("Retry-After %q", retry)
			}
			if budget.InUse() != 0 {
				t.Errorf("%d bytes of memory were not given back", budget.InUse())
			}
		})
	}
}

func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestGoingOnAtNextLineLosesAndRepeatsNothing(t *testing.T) {
	streams := sourcetest.New("s")
	streams["s"].Before = func(_ context.Context, n int) error {
		if n%2 == 1 {
			return buffer.ErrFull
		}
		return nil
	}
	h := New(streams, Options{})
	all := strings.SplitAfter(manyLines(12_000), "\n")
	rest := all
	for tries := 0; ; tries++ {
		if tries > 10 {
			t.Fatal("it does not end")
		}
		w := post(h, strings.NewReader(strings.Join(rest, "")))
		if w.Code == 200 {
			break
		}
		rest = rest[answerOf(t, w).NextLine-1:]
	}
	var want []string
	for _, line := range all {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			want = append(want, line)
		}
	}
	if got := streams["s"].Records(); !slices.Equal(got, want) {
		t.Errorf("got %d records, want the same %d", len(got), len(want))
	}
}

func packed(t *testing.T, encoding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if encoding == "zstd" {
		w, _ = zstd.NewWriter(&b)
	}
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompressedLines(t *testing.T) {
	text := manyLines(10_000)
	for _, encoding := range []string{"gzip", "zstd"} {
		whole := packed(t, encoding, text)
		for _, tt := range []struct {
			name   string
			body   []byte
			status int
			all    bool
		}{{"whole", whole, 200, true}, {"cut off", whole[:len(whole)-9], 400, false}, {"not compressed", []byte("a line of text\n"), 400, false}} {
			t.Run(encoding+" "+tt.name, func(t *testing.T) {
				streams := sourcetest.New("s")
				w := post(New(streams, Options{}), bytes.NewReader(tt.body), func(r *http.Request) { r.Header.Set("Content-Encoding", encoding) })
				got := answerOf(t, w)
				if n := len(streams["s"].Records()); w.Code != tt.status || int64(n) != got.Accepted || (n == 10_000) != tt.all {
					t.Errorf("got %d, %d records, %+v", w.Code, n, got)
				}
			})
		}
	}
	w := post(New(sourcetest.New("s"), Options{}), strings.NewReader("a"), func(r *http.Request) { r.Header.Set("Content-Encoding", "br") })
	if got := answerOf(t, w); w.Code != http.StatusUnsupportedMediaType || got.Error.Code != "UnsupportedEncoding" {
		t.Errorf("br: got %d %+v", w.Code, got)
	}
}

func TestWrongRequestsAreHelped(t *testing.T) {
	tests := []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/v1/streams/s/records", 405, "MethodNotAllowed"},
		{"POST", "/v1/streams/nope/records", 404, "ResourceNotFound"},
		{"POST", "/v1/streams/s", 404, "NotFound"}, {"POST", "/v1/streams//records", 404, "NotFound"},
		{"POST", "/v1/streams/s/records/", 404, "NotFound"}, {"POST", "/v1/streams/s/x/records", 404, "NotFound"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		New(sourcetest.New("s"), Options{}).ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader("a\n")))
		if got := answerOf(t, w); w.Code != tt.status || got.Error.Code != tt.code {
			t.Errorf("%s %s: got %d %+v, want %d %s", tt.method, tt.path, w.Code, got, tt.status, tt.code)
		}
	}
}

func TestWhoMayWrite(t *testing.T) {
	keys := []auth.Key{{ID: "ID", Secret: "secret", Streams: []string{"s"}}, {ID: "OTHER", Secret: "secret", Streams: []string{"t*"}}}
	basic := func(id, secret string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(id, secret) }
	}
	signed := func(text string) func(*http.Request) {
		return func(r *http.Request) {
			r.Host = "localhost:4573"
			r.URL.Host = r.Host
			sum := sha256.Sum256([]byte(text))
			err := v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{AccessKeyID: "ID", SecretAccessKey: "secret"}, r, hex.EncodeToString(sum[:]), "firehose", "eu-west-1", time.Now())
			if err != nil {
				t.Error(err)
			}
		}
	}
	huge := func(r *http.Request) { r.ContentLength = body.MaxSize + 1 }
	tests := []struct {
		name   string
		change []func(*http.Request)
		status int
		code   string
	}{
		{"basic", []func(*http.Request){basic("ID", "secret")}, 200, ""},
		{"wrong secret", []func(*http.Request){basic("ID", "Secret")}, 401, "UnrecognizedClient"},
		{"nobody", nil, 401, "MissingAuthenticationToken"},
		{"bearer", []func(*http.Request){func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }}, 401, "MissingAuthenticationToken"},
		{"other streams' key", []func(*http.Request){basic("OTHER", "secret")}, 403, "AccessDenied"},
		{"signed", []func(*http.Request){signed("a\n")}, 200, ""},
		{"signed something else", []func(*http.Request){signed("b\n")}, 401, "InvalidSignature"},
		{"signed and too large", []func(*http.Request){signed("a\n"), huge}, 413, "BodyTooLarge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			streams := sourcetest.New("s")
			budget := body.NewBudget(32<<20, 0)
			h := New(streams, Options{Auth: auth.NewVerifier("eu-west-1", keys, nil), Memory: budget})
			w := post(h, strings.NewReader("a\n"), tt.change...)
			got := answerOf(t, w)
			if w.Code != tt.status || got.Error.Code != tt.code {
				t.Errorf("got %d %+v, want %d %s", w.Code, got, tt.status, tt.code)
			}
			if n := len(streams["s"].Records()); (n == 1) != (tt.status == 200) {
				t.Errorf("%d records were accepted", n)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate %q", challenge)
			}
			if strings.Contains(w.Body.String(), `"secret"`) || budget.InUse() != 0 {
				t.Errorf("answer %s, %d bytes held", w.Body, budget.InUse())
			}
		})
	}
}

func TestUsedUpMemorySlowsDown(t *testing.T) {
	budget := body.NewBudget(1<<20, 0) // too little for a whole frame
	w := post(New(sourcetest.New("s"), Options{Memory: budget}), strings.NewReader(manyLines(10_000)), func(r *http.Request) { r.ContentLength = -1 })
	if got := answerOf(t, w); w.Code != 503 || got.Error.Code != "SlowDown" || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %+v", w.Code, got)
	}
	w = post(New(sourcetest.New("s"), Options{Memory: budget}), strings.NewReader("a\n"))
	if w.Code != 200 || budget.InUse() != 0 {
		t.Errorf("a small body: got %d %s, %d bytes held", w.Code, w.Body, budget.InUse())
	}
}

func TestAnUploadThatStandsStillHoldsLittle(t *testing.T) {
	long := strings.Repeat("x", MaxRecordBytes)
	for _, tt := range []struct {
		name, sent string
		most       int64
	}{
		{"a byte", "x", 128 << 10},
		{"a long line", long, 3 << 20},
		{"half a frame", manyLines(2_000), 5 << 20},
		{"a frame that is durable, and a line", manyLines(4_200), 1 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			budget := body.NewBudget(32<<20, 0)
			h := New(sourcetest.New("s"), Options{Memory: budget})
			var held int64
			stopped := readerFunc(func([]byte) (int, error) {
				held = budget.InUse()
				return 0, os.ErrDeadlineExceeded
			})
			w := post(h, io.MultiReader(strings.NewReader(tt.sent), stopped), func(r *http.Request) { r.ContentLength = 1 << 30 })
			if w.Code != http.StatusRequestTimeout || held == 0 || held > tt.most {
				t.Errorf("got %d, %d bytes held, want at most %d", w.Code, held, tt.most)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestABrowserOnAnotherSiteCannotWrite(t *testing.T) {
	streams := sourcetest.New("s")
	w := post(New(streams, Options{}), strings.NewReader("a\n"), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if w.Code != http.StatusForbidden || len(streams["s"].Records()) != 0 {
		t.Errorf("got %d, %d records", w.Code, len(streams["s"].Records()))
	}
}

// FuzzLines holds the line reader to bytes.Split.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n\r\nc"), 1)
	f.Add(bytes.Repeat([]byte("xy\r"), 50_000), 7)
	f.Fuzz(func(t *testing.T, text []byte, pace int) {
		streams := sourcetest.New("s")
		var src io.Reader = bytes.NewReader(text)
		if pace%2 == 0 {
			src = iotest.OneByteReader(src)
		}
		w := post(New(streams, Options{}), src)
		var want []string
		lines := bytes.Split(text, []byte("\n"))
		for i, line := range lines {
			if i < len(lines)-1 {
				line = bytes.TrimSuffix(line, []byte("\r"))
			}
			if len(line) > 0 {
				want = append(want, string(line))
			}
		}
		if got := streams["s"].Records(); w.Code != 200 || !slices.Equal(got, want) {
			t.Errorf("%q: got %d %q, want %q", text, w.Code, got, want)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	text := []byte(manyLines(20_000))
	h := New(discarding{}, Options{})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if w := post(h, bytes.NewReader(text)); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// discarding is a stream that forgets.
type discarding struct{}

func (d discarding) Stream(string) (sources.Stream, bool) { return d, true }
func (discarding) Names() []string                        { return nil }
func (discarding) Info() sources.Info                     { return sources.Info{} }
func (discarding) Append(context.Context, *buffer.Frame) (buffer.Position, error) {
	return buffer.Position{}, nil
}
