package buffer_test

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hydrant/buffer"
)

// benchOptions are those of a stream with the default thresholds.
func benchOptions() buffer.Options {
	return buffer.Options{Size: 64 << 20, Interval: time.Minute, Consumers: []string{name}}
}

func benchFrame(n, size int) *buffer.Frame {
	f := buffer.NewFrame(n * (size + 4))
	for i := range n {
		f.Add(bytes.Repeat([]byte{byte('a' + i%26)}, size))
	}
	return f
}

// discard deletes sealed segments as they come, as a fast destination does.
func discard(ctx context.Context, l *buffer.Log) {
	c := l.Consumer(name)
	for {
		s, err := c.Next(ctx)
		if err != nil {
			return
		}
		c.Done(s, delivered(s))
	}
}

// 64 producers send batches of 500 records of 350 bytes and wait for the
// fsync of each.
func BenchmarkAppend64Writers(b *testing.B) { benchmarkAppend(b, 64, 500, 350, false) }

func BenchmarkAppend64WritersAsync(b *testing.B) { benchmarkAppend(b, 64, 500, 350, true) }

// One producer waits for the fsync of each batch before the next.
func BenchmarkAppend1Writer(b *testing.B) { benchmarkAppend(b, 1, 500, 350, false) }

// 64 producers send single records.
func BenchmarkAppendSmall(b *testing.B) { benchmarkAppend(b, 64, 1, 350, false) }

func benchmarkAppend(b *testing.B, writers, records, size int, async bool) {
	o := benchOptions()
	o.Async = async
	l, err := buffer.Open(buffer.RealFS(), filepath.ToSlash(b.TempDir()), o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var reader, wg sync.WaitGroup
	reader.Go(func() { discard(ctx, l) })
	took := make([][]time.Duration, writers)
	b.SetBytes(int64(records * size))
	b.ReportAllocs()
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			f := benchFrame(records, size)
			for range b.N/writers + 1 {
				start := time.Now()
				if _, err := l.Append(ctx, f); err != nil {
					b.Error(err)
					return
				}
				took[w] = append(took[w], time.Since(start))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	cancel()
	reader.Wait()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRead reads a segment of 64 MiB that is in the page cache.
func BenchmarkRead(b *testing.B) {
	l, err := buffer.Open(buffer.RealFS(), filepath.ToSlash(b.TempDir()), benchOptions())
	if err != nil {
		b.Fatal(err)
	}
	f := benchFrame(500, 350)
	for l.Stats().Sealed == 0 {
		if _, err := l.Append(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
	s := next(b, l)
	b.SetBytes(s.Info().Bytes)
	b.ReportAllocs()
	for b.Loop() {
		if n := countRecords(b, s); n != s.Info().Records {
			b.Fatalf("read %d records, want %d", n, s.Info().Records)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

func countRecords(b *testing.B, s *buffer.Segment) (n int64) {
	r, err := s.Reader()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for {
		records, err := r.Next()
		if err == io.EOF {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
		n += int64(len(records))
	}
}
