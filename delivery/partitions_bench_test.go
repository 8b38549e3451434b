package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"syscall"
	"testing"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
	"hydrant/delivery/partitions"
)

// cpu returns the processor time that the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// zipfSegments are segments of web rows whose k is one of 1,000 keys.
func zipfSegments(n int, bytes int64) []*memorySegment {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 1, 999)
	var all []*memorySegment
	for i := range n {
		seg := segmentOf(bytes, func() []byte {
			return append(fmt.Appendf(nil, `{"k":"tenant-%03d",`, zipf.Uint64()), webRow(r)[1:]...)
		})
		seg.info.ID = buffer.LaterID(buffer.SegmentID{}, time.Unix(int64(i), 0))
		all = append(all, seg)
	}
	return all
}

// BenchmarkPartitions measures records to durable objects without partitions,
// and with 1,000 of them whose sizes follow Zipf's law: split, and cut when all
// segments are split. MB/core-s are megabytes of records per second of one
// processor, those of the collector and the kernel included.
func BenchmarkPartitions(b *testing.B) {
	segments := zipfSegments(8, 32<<20)
	for _, format := range []configs.Format{
		{Kind: "parquet", Compression: "snappy"}, {Kind: "json", Compression: "gzip"}, {Kind: "json", Compression: "zstd"},
	} {
		name := format.Kind + "-" + format.Compression
		b.Run(name, func(b *testing.B) { benchSegments(b, testStream("s"), format, segments) })
		b.Run(name+"-partitioned", func(b *testing.B) { benchSegments(b, partitioned("s"), format, segments) })
	}
}

func benchSegments(b *testing.B, s configs.Stream, format configs.Format, segments []*memorySegment) {
	s.Schema, s.Format = webSchema, format
	r, err := newRecipe(s, 1, Parts{}, preparationBytes)
	if err != nil {
		b.Fatal(err)
	}
	var total int64
	for _, seg := range segments {
		total += seg.info.Bytes
	}
	b.SetBytes(total)
	b.ReportAllocs()
	var spent time.Duration
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		start := cpu()
		if s.PartitionBy == nil {
			benchWhole(b, r, dir, segments)
		} else {
			benchPartitions(b, r, dir, segments)
		}
		spent += cpu() - start
	}
	b.ReportMetric(float64(total)*float64(b.N)/1e6/spent.Seconds(), "MB/core-s")
}

// benchWhole makes an object of each four segments' records, as many as a
// segment of a stream without partitions holds.
func benchWhole(b *testing.B, r *recipe, dir string, segments []*memorySegment) {
	for i := 0; i < len(segments); i += 4 {
		whole := &memorySegment{info: segments[i].info}
		for _, seg := range segments[i:min(i+4, len(segments))] {
			whole.frames = append(whole.frames, seg.frames...)
		}
		st := benchStaging(b, dir, fmt.Sprint(i))
		if p, err := r.prepare(context.Background(), whole, st, nil); err != nil || p.Outcome.Archived.Records > 0 {
			b.Fatal(err, p)
		}
	}
}

func benchStaging(b *testing.B, dir, name string) staging {
	st := staging{buffer.RealFS(), path.Join(dir, name)}
	if err := st.fs.MkdirAll(st.dir); err != nil {
		b.Fatal(err)
	}
	return st
}

func benchPartitions(b *testing.B, r *recipe, dir string, segments []*memorySegment) {
	store, _, err := partitions.Open(partitions.Options{FS: buffer.RealFS(), Dir: path.Join(dir, "partitions")}, partitions.Recovery{})
	if err != nil {
		b.Fatal(err)
	}
	store.SetLimits(partitions.Limits{Size: 128 << 20, Interval: time.Hour, Rules: r.rules})
	for i, seg := range segments {
		p, err := r.prepare(context.Background(), seg, benchStaging(b, dir, fmt.Sprint(i)), store)
		if err != nil || p.Outcome.Archived.Records > 0 {
			b.Fatal(err, p)
		}
		for _, run := range p.Runs {
			loaded, err := store.Load(run)
			if err != nil {
				b.Fatal(err)
			}
			store.Own([]*partitions.Loaded{loaded})
		}
	}
	store.CutAll()
	for n := 0; store.Stats().Partitions > 0; n++ {
		cut, err := store.Next(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		p, err := r.prepareCut(context.Background(), store, cut, benchStaging(b, dir, fmt.Sprint("cut-", n)), nil)
		if err != nil || p.Outcome.Archived.Records > 0 || len(p.Objects) == 0 {
			b.Fatal(err, p)
		}
		if err := store.Consume(cut); err != nil {
			b.Fatal(err)
		}
	}
	store.Close()
}
