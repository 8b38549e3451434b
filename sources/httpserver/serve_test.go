package httpserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// start serves handler on loopback. stop ends it and returns what Serve did.
func start(t *testing.T, o Options, handler http.HandlerFunc) (addr string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, ln, handler, o) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		return <-served
	}
	t.Cleanup(func() {
		if !stopped {
			_ = stop()
		}
	})
	return ln.Addr().String(), stop
}

// say opens a connection and sends text.
func say(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

func answer(t *testing.T, conn net.Conn) (status int, text string) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("answer's body: %v", err)
	}
	return r.StatusCode, string(b)
}

const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func ok(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ok") }

func TestSlowHeadersEndTheConnection(t *testing.T) {
	addr, _ := start(t, Options{HeaderTimeout: 20 * time.Millisecond}, ok)
	conn := say(t, addr, "GET / HTTP/1.1\r\nHost:")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server kept the connection: %v", err)
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	addr, _ := start(t, Options{}, ok)
	conn := say(t, addr, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", maxHeaderBytes+8192))
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 431 ") {
		t.Errorf("got %q, %v", status, err)
	}
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	addr, _ := start(t, Options{BodyTimeout: 20 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, n, errors.Is(err, os.ErrDeadlineExceeded))
	})
	conn := say(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123456789")
	if _, text := answer(t, conn); text != "10 true" {
		t.Errorf("got %q, want 10 bytes and a deadline", text)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server kept the connection: %v", err)
	}
}

func TestABodyThatNobodyReadsIsGivenUp(t *testing.T) {
	addr, _ := start(t, Options{BodyTimeout: 20 * time.Millisecond, IdleTimeout: time.Hour}, ok)
	conn := say(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123456789")
	if text, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(text), "ok") {
		t.Errorf("got %q, %v; want an answer and the end of the connection", text, err)
	}
}

func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	failed := make(chan error, 1)
	addr, _ := start(t, Options{BodyTimeout: 20 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 1<<20))
		}
		failed <- err
	})
	say(t, addr, get)
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAnEarlierAnswersDeadlineIsNotTheNextOnes(t *testing.T) {
	addr, _ := start(t, Options{BodyTimeout: 30 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, err)
	})
	conn := say(t, addr, get)
	if _, text := answer(t, conn); text != "<nil>" {
		t.Fatalf("first: %q", text)
	}
	// Wait until the first answer's deadline is over, seen from here.
	if err := conn.SetReadDeadline(time.Now().Add(60 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("between requests: %v", err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab"); err != nil {
		t.Fatal(err)
	}
	got := bufio.NewReader(conn)
	for _, want := range []int{http.StatusContinue, http.StatusOK} {
		r, err := http.ReadResponse(got, nil)
		if err != nil || r.StatusCode != want {
			t.Fatalf("second: got %v, %v; want %d", r, err, want)
		}
	}
}

func TestConnectionsOverTheLimitWait(t *testing.T) {
	var now, most atomic.Int32
	entered, leave := make(chan struct{}, 8), make(chan struct{})
	addr, _ := start(t, Options{MaxConnections: 2}, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		entered <- struct{}{}
		<-leave
		now.Add(-1)
		w.Header().Set("Connection", "close")
		ok(w, r)
	})
	var conns []net.Conn
	for range 5 {
		conns = append(conns, say(t, addr, get))
	}
	<-entered
	<-entered
	close(leave)
	for _, conn := range conns {
		if status, _ := answer(t, conn); status != 200 {
			t.Errorf("got %d", status)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d connections were served at a time, want at most 2", most.Load())
	}
}

func TestStoppingWhileConnectionsWait(t *testing.T) {
	entered := make(chan struct{})
	addr, stop := start(t, Options{MaxConnections: 1, Grace: 20 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	say(t, addr, get)
	<-entered
	say(t, addr, get)
	if err := stop(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the grace was over", err)
	}
}

func TestStoppingWaitsForRequestsInFlight(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var left atomic.Bool
	addr, stop := start(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		if r.Context().Err() == nil {
			left.Store(true)
		}
		ok(w, r)
	})
	conn := say(t, addr, get)
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	// Once nobody listens any more the server is stopping.
	for {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request in flight: %v", err)
	default:
	}
	close(leave)
	if status, _ := answer(t, conn); status != 200 {
		t.Errorf("got %d", status)
	}
	if err := <-stopped; err != nil || !left.Load() {
		t.Errorf("stop: %v; the handler ended undisturbed: %v", err, left.Load())
	}
}

func TestTheGraceCancelsAndThenWaits(t *testing.T) {
	entered := make(chan struct{})
	var ended atomic.Bool
	addr, stop := start(t, Options{Grace: 20 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		ended.Store(true)
	})
	say(t, addr, get)
	<-entered
	if err := stop(); !errors.Is(err, context.DeadlineExceeded) || !ended.Load() {
		t.Errorf("got %v, the handler has ended: %v", err, ended.Load())
	}
}

func TestAnIdleConnectionDoesNotHoldUpTheStop(t *testing.T) {
	addr, stop := start(t, Options{Grace: time.Hour}, ok)
	answer(t, say(t, addr, get))
	if err := stop(); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestAPanicEndsItsRequestOnly(t *testing.T) {
	addr, stop := start(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
		ok(w, r)
	})
	if text, err := io.ReadAll(say(t, addr, "GET /panic HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil || len(text) != 0 {
		t.Errorf("got %q, %v", text, err)
	}
	if status, _ := answer(t, say(t, addr, get)); status != 200 {
		t.Errorf("the next request got %d", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAcceptFailingIsReported(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no such device")
	if err := Serve(t.Context(), brokenListener{ln, broken}, http.HandlerFunc(ok), Options{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type brokenListener struct {
	net.Listener
	err error
}

func (l brokenListener) Accept() (net.Conn, error) { return nil, l.err }
