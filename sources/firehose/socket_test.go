package firehose_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hydrant/sources/body"
	"hydrant/sources/firehose"
	"hydrant/sources/httpserver"
	"hydrant/sources/sourcetest"
)

// listen serves the API on loopback behind the real listener.
func listen(t *testing.T, o firehose.Options, limits httpserver.Options) (addr string, streams sourcetest.Streams) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	streams = sourcetest.New("s")
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- httpserver.Serve(ctx, ln, firehose.New(streams, o), limits) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return ln.Addr().String(), streams
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

const good = `{"DeliveryStreamName":"s","Record":{"Data":"YQ=="}}`

func head(framing string) string {
	return "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Firehose_20150804.PutRecord\r\n" + framing + "\r\n\r\n"
}

func TestBodiesThatAreNotWhatTheirHeadersSay(t *testing.T) {
	tests := []struct {
		name, sent string
		half       bool // the client stops sending but still listens
		status     int
		want       string
	}{
		{"right length", head(fmt.Sprint("Content-Length: ", len(good))) + good, false, 200, `{"RecordId":`},
		{"chunks", head("Transfer-Encoding: chunked") + "a\r\n" + good[:10] + "\r\n" + fmt.Sprintf("%x\r\n", len(good)-10) + good[10:] + "\r\n0\r\n\r\n", false, 200, `{"RecordId":`},
		{"length too long", head(fmt.Sprint("Content-Length: ", len(good)+1)) + good, true, 400, `{"__type":"SerializationException","message":"The request body cannot be read: cut off: it ended after 51 of the 52 bytes that Content-Length names."}`},
		{"length too short", head("Content-Length: 20") + good, false, 400, `{"__type":"SerializationException","message":"The request body is not what the operation takes: byte 20: a string without an end."}`},
		{"length zero", head("Content-Length: 0"), false, 400, `{"__type":"SerializationException","message":"The request body is not what the operation takes: byte 0: expected a JSON object."}`},
		{"no length", head("X: x"), false, 400, `{"__type":"SerializationException","message":"The request body is not what the operation takes: byte 0: expected a JSON object."}`},
		{"length and no body", head("Content-Length: 51"), true, 400, `{"__type":"SerializationException","message":"The request body cannot be read: cut off: it ended after 0 of the 51 bytes that Content-Length names."}`},
		{"broken chunk", head("Transfer-Encoding: chunked") + "zz\r\n", false, 400, `{"__type":"SerializationException","message":"The request body cannot be read: cut off: after 0 bytes: invalid byte in chunk length."}`},
		{"chunks without an end", head("Transfer-Encoding: chunked") + "a\r\n" + good[:10] + "\r\n", true, 400, `{"__type":"SerializationException","message":"The request body cannot be read: cut off: after 10 bytes: unexpected EOF."}`},
		{"far too long", head("Content-Length: 99999999999"), true, 413, `{"__type":"RequestEntityTooLargeException","message":"The request body is too large: at most 8388608 bytes, also after decompression."}`},
		{"too slow", head("Content-Length: 51") + good[:10], false, 408, `{"__type":"RequestTimeoutException","message":"The request body came too slowly: too slow: 10 bytes came in the time given."}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			budget := body.NewBudget(1<<20, 0)
			addr, streams := listen(t, firehose.Options{Memory: budget}, httpserver.Options{BodyTimeout: 100 * time.Millisecond})
			conn := dial(t, addr)
			if _, err := io.WriteString(conn, tt.sent); err != nil {
				t.Fatal(err)
			}
			if tt.half {
				if err := conn.CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != tt.status || !strings.HasPrefix(string(text), tt.want) {
				t.Errorf("got %d %s, %v\nwant %d %s", r.StatusCode, text, err, tt.status, tt.want)
			}
			if n := len(streams["s"].Records()); (n == 1) != (tt.status == 200) {
				t.Errorf("%d records were accepted", n)
			}
			if budget.InUse() != 0 {
				t.Errorf("%d bytes of memory are still held", budget.InUse())
			}
		})
	}
}

// A server of 512 MiB has 128 MiB for bodies.
func TestIdleConnectionsDoNotStopProducers(t *testing.T) {
	budget := body.NewBudget(128<<20, 0)
	addr, _ := listen(t, firehose.Options{Memory: budget}, httpserver.Options{})
	for range 100 {
		if _, err := io.WriteString(dial(t, addr), head("Content-Length: 8388608")+"{"); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if r, text := ask(t, dial(t, addr), head(fmt.Sprint("Content-Length: ", len(good)))+good); r.StatusCode != 200 {
			t.Fatalf("got %d %s, %d bytes held", r.StatusCode, text, budget.InUse())
		}
	}
}

func TestAClientThatSendsTooMuchSeesWhy(t *testing.T) {
	addr, _ := listen(t, firehose.Options{}, httpserver.Options{})
	const size = 40 << 20
	r, text := ask(t, dial(t, addr), head(fmt.Sprint("Content-Length: ", size))+strings.Repeat("x", size))
	if r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d %s, want 413", r.StatusCode, text)
	}
}

// ask sends all of a request before it reads the answer.
func ask(t *testing.T, conn *net.TCPConn, request string) (*http.Response, string) {
	t.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(text)
}

func TestManyBigRequestsStayWithinTheBudget(t *testing.T) {
	budget := body.NewBudget(20<<20, 10*time.Second) // room for two of them
	addr, streams := listen(t, firehose.Options{Memory: budget}, httpserver.Options{})
	var most int64
	var mu sync.Mutex
	streams["s"].Before = func(context.Context, int) error {
		mu.Lock()
		defer mu.Unlock()
		most = max(most, budget.InUse())
		return nil
	}
	record := `{"Data":"` + base64.StdEncoding.EncodeToString(make([]byte, 1_000_000)) + `"}`
	text := `{"DeliveryStreamName":"s","Records":[` + record + `,` + record + `,` + record + `]}`
	var clients sync.WaitGroup
	for range 12 {
		clients.Go(func() {
			r, err := http.NewRequest(http.MethodPost, "http://"+addr, strings.NewReader(text))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("X-Amz-Target", "Firehose_20150804.PutRecordBatch")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode != 200 {
				t.Errorf("got %d", answer.StatusCode)
			}
		})
	}
	clients.Wait()
	if n := len(streams["s"].Records()); n != 36 {
		t.Errorf("%d records, want 36", n)
	}
	if most == 0 || most > 20<<20 || budget.InUse() != 0 {
		t.Errorf("at most %d bytes were held, %d at the end", most, budget.InUse())
	}
}
