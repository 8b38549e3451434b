package httpserver

import (
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// withDeadlines bounds how long the client of r can hold its connection: while
// its body is read, and while the answer is written. The handler is followed
// by done.
func (o Options) withDeadlines(w http.ResponseWriter, r *http.Request) (_ http.ResponseWriter, done func()) {
	control := http.NewResponseController(w)
	// The last request's deadline would hit an early "100 Continue".
	_ = control.SetWriteDeadline(time.Time{})
	hasty := &hastyWriter{ResponseWriter: w, control: control, timeout: o.BodyTimeout}
	if r.Body == nil || r.Body == http.NoBody {
		return hasty, func() {}
	}
	b := &patientBody{ReadCloser: r.Body, control: control, left: o.BodyTimeout, most: o.BodyTimeout}
	r.Body = b
	return hasty, func() {
		if !b.ended {
			b.abandon()
			hasty.restart(b.left)
		}
	}
}

// A patientBody waits for its client a limited time in all. Data buys more
// time, up to the most at once, so that a long upload may take long and a
// trickle ends. The time between reads is the server's and costs nothing.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	left    time.Duration
	most    time.Duration
	until   time.Time // the deadline that is set; zero: none

	mu          sync.Mutex // guards what follows, and setting deadlines
	ended       bool
	interrupted bool
}

func (b *patientBody) Read(p []byte) (int, error) {
	start := time.Now()
	if err := b.wait(start); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= time.Since(start)
	b.left = min(b.most, b.left+time.Duration(n)*time.Second/MinBodyRate)
	if err == io.EOF {
		b.end()
	}
	return n, err
}

// wait sets the deadline of a read that starts now. One that is only a little
// early is left: setting one costs as much as a small read.
func (b *patientBody) wait(start time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.interrupted {
		return os.ErrDeadlineExceeded
	}
	want := start.Add(b.left)
	if !b.until.IsZero() && want.Sub(b.until).Abs() <= b.most/16 {
		return nil
	}
	b.until = want
	return b.control.SetReadDeadline(want)
}

// end takes the deadline off. net/http goes on reading in the background to
// see whether the client goes away, and a deadline there would cancel a
// request that is waiting for the disk.
func (b *patientBody) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	_ = b.control.SetReadDeadline(time.Time{})
}

// Interrupt makes the read that is under way fail, and all later ones. Another
// goroutine may call it as long as the request is being handled.
func (b *patientBody) Interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		b.interrupted = true
		_ = b.control.SetReadDeadline(time.Unix(1, 0))
	}
}

// Hurry lowers the time that the client has left, and that data can buy, to
// at most d.
func (b *patientBody) Hurry(d time.Duration) {
	b.most = min(b.most, d)
	b.left = min(b.left, d)
}

// abandon leaves a deadline on a body that was not read to its end: net/http
// reads on for a while before it sends the answer and closes the connection.
func (b *patientBody) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = max(b.left, 0)
	if b.interrupted {
		b.left = 0
	}
	_ = b.control.SetReadDeadline(time.Now().Add(b.left))
}

// A hastyWriter gives its client a limited time to take the answer.
type hastyWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	set     bool
}

func (w *hastyWriter) WriteHeader(status int) {
	w.start()
	w.ResponseWriter.WriteHeader(status)
}

func (w *hastyWriter) Write(p []byte) (int, error) {
	w.start()
	return w.ResponseWriter.Write(p)
}

func (w *hastyWriter) start() {
	if !w.set {
		w.restart(0)
	}
}

// restart gives the client its whole time from now on, and some more.
func (w *hastyWriter) restart(more time.Duration) {
	w.set = true
	_ = w.control.SetWriteDeadline(time.Now().Add(w.timeout + more))
}

// Unwrap is for [http.ResponseController].
func (w *hastyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
