package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"hydrant/buffer"
	"hydrant/delivery"
)

// A StatusFunc returns the account of all streams.
type StatusFunc func() delivery.Status

// Collect reads the account and the disk budget at each scrape.
func (m *Metrics) Collect(status StatusFunc, disk *buffer.Disk) {
	m.registry.MustRegister(ledger{status, disk})
}

type ledger struct {
	status StatusFunc
	disk   *buffer.Disk
}

var (
	recordsDesc = desc("records_total", "Records by where they went: in and split on one side, delivered, archived and dropped on the other.", "stream", "outcome")
	bytesDesc   = desc("bytes_total", "Bytes of records by where they went, as hydrant_records_total.", "stream", "outcome")

	pendingDesc      = desc("pending_records", "Records accepted and neither delivered nor archived nor dropped yet.", "stream")
	pendingBytesDesc = desc("pending_bytes", "Bytes of pending records.", "stream")
	oldestDesc       = desc("oldest_pending_seconds", "Age of the oldest pending record; 0 when nothing is pending.", "stream")
	segmentsDesc     = desc("backlog_segments", "Segments of the log that are not done.", "stream")

	partitionsDesc = desc("active_partitions", "Partitions that hold records and are not cut.", "stream")
	earlyDesc      = desc("early_cuts_total", "Partitions cut early because memory ran short.", "stream")
	targetDesc     = desc("batch_target_bytes", "Bytes of records that the next batch may have: buffer.size, or more while the stream is behind.", "stream")
	workersDesc    = desc("workers", "Batches that may be under way at once; more than usual while the stream is behind.", "stream")

	stateDesc   = desc("destination_up", "1 when the last try worked, 0 while tries fail and are repeated.", "stream", "destination")
	failingDesc = desc("destination_failed_attempts", "Tries that failed in a row.", "stream", "destination")
	retryDesc   = desc("destination_next_retry_seconds", "Seconds until the next try; 0 when none waits.", "stream", "destination")

	diskUsedDesc = desc("disk_used_bytes", "Bytes of disk in use by logs and staged objects.")
	diskMaxDesc  = desc("disk_max_bytes", "The disk budget server.max_disk; 0 means without limit.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("hydrant_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (l ledger) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		recordsDesc, bytesDesc, pendingDesc, pendingBytesDesc, oldestDesc, segmentsDesc, partitionsDesc, earlyDesc,
		targetDesc, workersDesc,
		stateDesc, failingDesc, retryDesc, diskUsedDesc, diskMaxDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (l ledger) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range l.status().Streams {
		outcomes(ch, recordsDesc, s.Name, s.Records)
		outcomes(ch, bytesDesc, s.Name, s.Bytes)
		gauge(pendingDesc, float64(s.Records.Pending), s.Name)
		gauge(pendingBytesDesc, float64(s.Bytes.Pending), s.Name)
		gauge(oldestDesc, s.OldestPendingSeconds, s.Name)
		gauge(segmentsDesc, float64(s.PendingSegments), s.Name)
		gauge(partitionsDesc, float64(s.ActivePartitions), s.Name)
		ch <- prometheus.MustNewConstMetric(earlyDesc, prometheus.CounterValue, float64(s.EarlyCuts), s.Name)
		gauge(targetDesc, float64(s.BatchTarget), s.Name)
		gauge(workersDesc, float64(s.Workers), s.Name)
		for _, d := range s.Destinations {
			up := 0.0
			if d.State == "ok" {
				up = 1
			}
			gauge(stateDesc, up, s.Name, d.Kind)
			gauge(failingDesc, float64(d.Attempts), s.Name, d.Kind)
			gauge(retryDesc, d.NextRetrySeconds, s.Name, d.Kind)
		}
	}
	gauge(diskUsedDesc, float64(l.disk.Used()))
	gauge(diskMaxDesc, float64(l.disk.Max()))
}

func outcomes(ch chan<- prometheus.Metric, d *prometheus.Desc, stream string, a delivery.Amounts) {
	for outcome, n := range map[string]int64{
		"in": a.In, "split": a.Split, "delivered": a.Delivered, "archived": a.Archived, "dropped": a.Dropped,
	} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), stream, outcome)
	}
}
