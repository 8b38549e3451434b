package sourcetest

import (
	"context"
	"testing"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/sources"
)

// A Durable is a stream on a real log, on a disk in memory.
type Durable struct {
	*Stream // for what it is called
	Disk    *buffertest.FS
	Log     *buffer.Log
}

// NewDurable returns streams with one of that name, which remembers keys.
func NewDurable(t testing.TB, name string) (*Durable, sources.Streams) {
	t.Helper()
	disk := buffertest.NewFS()
	log, err := buffer.Open(disk, "log", buffer.Options{
		Size: 1 << 30, Interval: time.Hour, Consumers: []string{"s3"}, Keys: buffer.KeyLimits{Window: time.Hour, Max: 1000},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &Durable{Stream: &Stream{Name: name}, Disk: disk, Log: log}
	return d, durables{name: d}
}

// Append appends to the log.
func (d *Durable) Append(ctx context.Context, f *buffer.Frame) (buffer.Position, error) {
	return d.Log.Append(ctx, f)
}

// Stored returns how many records the log holds.
func (d *Durable) Stored() int64 { return d.Log.Consumer("s3").Ledger().In.Records }

type durables map[string]*Durable

func (d durables) Stream(name string) (sources.Stream, bool) {
	s, ok := d[name]
	return s, ok
}

func (d durables) Names() (names []string) {
	for name := range d {
		names = append(names, name)
	}
	return names
}
