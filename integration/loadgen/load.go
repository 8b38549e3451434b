package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hydrant/integration/rows"
)

// Load says what to send.
type Load struct {
	URL         string
	Stream      string
	Connections int
	Bodies      int
	MB          int64         // of record bytes; 0: no limit
	Time        time.Duration // 0: no limit
	Rate        float64       // MB a second; 0: as fast as answers come
}

// Report says what became of it. Latencies are of accepted requests, in
// milliseconds; at a fixed rate they count from the moment that a request was
// due, so that a stall is seen by every request that it held up.
type Report struct {
	Requests  int64    `json:"requests"`
	Records   int64    `json:"records"`
	MB        float64  `json:"mb"`
	Seconds   float64  `json:"seconds"`
	MBPerSec  float64  `json:"mb_per_second"`
	P50       float64  `json:"p50_ms"`
	P99       float64  `json:"p99_ms"`
	P999      float64  `json:"p999_ms"`
	Max       float64  `json:"max_ms"`
	Errors    int64    `json:"errors"`
	FirstErrs []string `json:"first_errors,omitempty"`
}

// Run sends until a limit is reached or ctx is done.
func (l Load) Run(ctx context.Context) (Report, error) {
	if l.Connections < 1 || l.Bodies < l.Connections {
		return Report{}, fmt.Errorf("loadgen: %d connections need as many bodies, there are %d", l.Connections, l.Bodies)
	}
	bodies := make([]*rows.Body, l.Bodies)
	for i := range bodies {
		bodies[i] = rows.NewBody(l.Stream, i)
	}
	if l.Time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Time)
		defer cancel()
	}
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: l.Connections,
		MaxConnsPerHost:     l.Connections,
		DisableCompression:  true,
	}}
	start := time.Now()
	turns := &turns{load: l, start: start, bytesPerBody: bodies[0].RecordBytes}
	workers := make([]*worker, l.Connections)
	var wg sync.WaitGroup
	for i := range workers {
		w := &worker{load: l, client: client, turns: turns}
		for n := i; n < len(bodies); n += l.Connections {
			w.bodies = append(w.bodies, bodies[n])
		}
		workers[i] = w
		wg.Go(func() { w.run(ctx) })
	}
	wg.Wait()
	return report(workers, time.Since(start)), nil
}

// turns hands out the requests: how many there are and when each is due.
type turns struct {
	load         Load
	start        time.Time
	bytesPerBody int64
	taken        atomic.Int64
}

// next waits for the next request's time, and returns false when there is
// none left.
func (t *turns) next(ctx context.Context) (due time.Time, ok bool) {
	n := t.taken.Add(1) - 1
	if t.load.MB > 0 && n*t.bytesPerBody >= t.load.MB*1e6 {
		return due, false
	}
	if t.load.Rate == 0 {
		return time.Now(), ctx.Err() == nil
	}
	due = t.start.Add(time.Duration(float64(n*t.bytesPerBody) / (t.load.Rate * 1e6) * float64(time.Second)))
	select {
	case <-ctx.Done():
		return due, false
	case <-time.After(time.Until(due)):
		return due, true
	}
}

// A worker is one connection and the bodies that it alone sends.
type worker struct {
	load      Load
	client    *http.Client
	turns     *turns
	bodies    []*rows.Body
	answer    bytes.Buffer
	accepted  int64 // bytes of records
	latencies []time.Duration
	errs      []error
}

func (w *worker) run(ctx context.Context) {
	for n := 0; ; n++ {
		due, ok := w.turns.next(ctx)
		if !ok {
			return
		}
		body := w.bodies[n%len(w.bodies)]
		body.Patch(n / len(w.bodies))
		if err := w.send(ctx, body); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				return // the time is over; whether it was accepted is not known
			}
			w.errs = append(w.errs, err)
			continue
		}
		w.latencies = append(w.latencies, time.Since(due))
		w.accepted += body.RecordBytes
	}
}

func (w *worker) send(ctx context.Context, body *rows.Body) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.load.URL, bytes.NewReader(body.JSON))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Firehose_20150804.PutRecordBatch")
	resp, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	w.answer.Reset()
	if _, err := io.Copy(&w.answer, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !noneFailed(w.answer.Bytes()) {
		return fmt.Errorf("loadgen: %s: %.300s", resp.Status, w.answer.Bytes())
	}
	return nil
}

// noneFailed looks for a FailedPutCount of 0 in an answer.
func noneFailed(answer []byte) bool {
	_, rest, ok := bytes.Cut(answer, []byte(`"FailedPutCount":`))
	rest = bytes.TrimLeft(rest, " ")
	return ok && len(rest) > 1 && rest[0] == '0' && (rest[1] < '0' || rest[1] > '9')
}

func report(workers []*worker, took time.Duration) Report {
	r := Report{Seconds: took.Seconds()}
	var all []time.Duration
	var accepted int64
	for _, w := range workers {
		all = append(all, w.latencies...)
		accepted += w.accepted
		r.Errors += int64(len(w.errs))
		for _, err := range w.errs[:min(len(w.errs), max(0, 3-len(r.FirstErrs)))] {
			r.FirstErrs = append(r.FirstErrs, err.Error())
		}
	}
	slices.Sort(all)
	r.Requests = int64(len(all)) + r.Errors
	r.Records = int64(len(all)) * rows.PerBody
	r.MB = float64(accepted) / 1e6
	r.MBPerSec = r.MB / r.Seconds
	r.P50, r.P99, r.P999, r.Max = quantile(all, 0.5), quantile(all, 0.99), quantile(all, 0.999), quantile(all, 1)
	return r
}

// quantile returns the q-quantile of sorted times in milliseconds, 0 of none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[at].Microseconds()) / 1000
}
