// Package metrics shows a daemon to Prometheus. What is counted as it happens
// (appends, tries, requests) is in [Metrics]; what the ledger already counts
// is read from it at each scrape by [Metrics.Collect], so that metrics and
// `hydrant status` can't disagree.
//
// Byte counts are bytes of records as they were accepted. Labels are bounded:
// names of streams that run, kinds, operations, statuses.
package metrics

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hydrant/buffer"
	"hydrant/sources"
)

// Metrics observes one daemon. It implements delivery.Metrics. Its methods are
// safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	appends       *prometheus.HistogramVec
	refused       *prometheus.CounterVec
	prepares      *prometheus.HistogramVec
	deliveries    *prometheus.HistogramVec
	attempts      *prometheus.CounterVec
	objects       *prometheus.CounterVec
	objectBytes   *prometheus.CounterVec
	requests      *prometheus.CounterVec
	requestTime   *prometheus.HistogramVec
	requestErrors *prometheus.CounterVec
}

// From 100 µs, a fast disk's fsync, to 10 s; and from 1 ms to 10 minutes for
// what goes over a network.
var (
	appendBuckets   = prometheus.ExponentialBucketsRange(0.0001, 10, 16)
	deliveryBuckets = prometheus.ExponentialBucketsRange(0.001, 600, 16)
)

// New returns metrics with a registry of their own; version names the program.
func New(version string) *Metrics {
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		appends:     histogram("append_seconds", "Time from an append to its acknowledgement.", appendBuckets, "stream"),
		refused:     counter("appends_refused_total", "Appends that were refused, by reason.", "stream", "reason"),
		prepares:    histogram("prepare_seconds", "Time to turn one segment into durable objects on this machine.", deliveryBuckets, "stream"),
		deliveries:  histogram("delivery_seconds", "Time of one try to deliver a segment, by destination.", deliveryBuckets, "stream", "destination"),
		attempts:    counter("delivery_attempts_total", "Tries to deliver, by destination and result (ok or error).", "stream", "destination", "result"),
		objects:     counter("delivered_objects_total", "Objects made durable at the destination and the error sink.", "stream"),
		objectBytes: counter("delivered_object_bytes_total", "Bytes of those objects, after encoding and compression.", "stream"),
		requests:    counter("api_requests_total", "Requests to the API, by operation and HTTP status.", "source", "operation", "code"),
		requestTime: histogram("api_request_seconds", "Time to answer a request to the API.", appendBuckets, "source", "operation"),
		requestErrors: counter("api_errors_total",
			"Requests to the API that were answered with an error, by its type.", "source", "operation", "error"),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "hydrant", Name: "build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.appends, m.refused, m.prepares, m.deliveries, m.attempts, m.objects, m.objectBytes,
		m.requests, m.requestTime, m.requestErrors, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "hydrant", Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "hydrant", Name: name, Help: help, Buckets: buckets,
	}, labels)
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Appended implements delivery.Metrics.
func (m *Metrics) Appended(stream string, _, _ int64, took time.Duration, err error) {
	if err != nil {
		m.refused.WithLabelValues(stream, reason(err)).Inc()
		return
	}
	m.appends.WithLabelValues(stream).Observe(took.Seconds())
}

func reason(err error) string {
	switch {
	case errors.Is(err, buffer.ErrFull):
		return "full"
	case errors.Is(err, buffer.ErrClosed):
		return "closed"
	}
	return "error"
}

// Prepared implements delivery.Metrics.
func (m *Metrics) Prepared(stream string, took time.Duration) {
	m.prepares.WithLabelValues(stream).Observe(took.Seconds())
}

// Attempt implements delivery.Metrics.
func (m *Metrics) Attempt(stream, destination string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.attempts.WithLabelValues(stream, destination, result).Inc()
	m.deliveries.WithLabelValues(stream, destination).Observe(took.Seconds())
}

// Delivered implements delivery.Metrics.
func (m *Metrics) Delivered(stream string, _ buffer.Outcome, objects int, objectBytes int64) {
	m.objects.WithLabelValues(stream).Add(float64(objects))
	m.objectBytes.WithLabelValues(stream).Add(float64(objectBytes))
}

// Request counts one request to the API; it is a [sources.Observe].
func (m *Metrics) Request(r sources.Request) {
	operation := r.Operation
	if operation == "" {
		operation = "unknown"
	}
	m.requests.WithLabelValues(r.Source, operation, strconv.Itoa(r.Status)).Inc()
	m.requestTime.WithLabelValues(r.Source, operation).Observe(r.Duration.Seconds())
	if r.Error != "" {
		m.requestErrors.WithLabelValues(r.Source, operation, r.Error).Inc()
	}
}
