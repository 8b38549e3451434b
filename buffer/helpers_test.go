package buffer_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

const (
	dir  = "log"
	name = "s3"
)

func options() buffer.Options {
	return buffer.Options{Size: 1 << 30, Interval: time.Hour, Consumers: []string{name}}
}

func open(t testing.TB, fs buffer.FS, o buffer.Options) *buffer.Log {
	t.Helper()
	l, err := buffer.Open(fs, dir, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return l
}

func add(t testing.TB, l *buffer.Log, records ...string) buffer.Position {
	t.Helper()
	p, err := l.Append(t.Context(), frame(records...))
	if err != nil {
		t.Fatalf("Append(%q): %v", records, err)
	}
	return p
}

func frame(records ...string) *buffer.Frame {
	f := buffer.NewFrame(64)
	for _, r := range records {
		f.Add([]byte(r))
	}
	return f
}

func seal(t testing.TB, l *buffer.Log) {
	t.Helper()
	if err := l.Seal(); err != nil {
		t.Fatalf("Seal: %v", err)
	}
}

func next(t testing.TB, l *buffer.Log) *buffer.Segment {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := l.Consumer(name).Next(ctx)
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	return s
}

// content is what a whole reading of a segment returned.
type content struct {
	records []string
	ids     []buffer.RecordID
	damage  []*buffer.DamageError
}

func read(t testing.TB, s *buffer.Segment) content {
	t.Helper()
	c, err := readAll(s)
	if err != nil {
		t.Fatalf("read %s: %v", s.Info().ID, err)
	}
	return c
}

func readAll(s *buffer.Segment) (c content, err error) {
	r, err := s.Reader()
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		records, err := r.Next()
		var damage *buffer.DamageError
		switch {
		case errors.Is(err, io.EOF):
			return c, nil
		case errors.As(err, &damage):
			c.damage = append(c.damage, damage)
		case err != nil:
			return c, err
		}
		for _, rec := range records {
			c.records = append(c.records, string(rec.Data))
			c.ids = append(c.ids, rec.ID)
		}
	}
}

// counts adds up what was read and what was lost.
func (c content) counts() (n buffer.Counts) {
	for _, r := range c.records {
		n.Records++
		n.Bytes += int64(len(r))
	}
	for _, d := range c.damage {
		n.Records += d.Records
		n.Bytes += d.Bytes
	}
	return n
}

func counts(s *buffer.Segment) buffer.Counts {
	return buffer.Counts{Records: s.Info().Records, Bytes: s.Info().Bytes}
}

// delivered is the outcome of a segment all of whose records were delivered.
func delivered(s *buffer.Segment) buffer.Outcome {
	return buffer.Outcome{In: counts(s), Delivered: counts(s)}
}

func done(t testing.TB, l *buffer.Log, s *buffer.Segment) {
	t.Helper()
	if err := l.Consumer(name).Done(s, delivered(s)); err != nil {
		t.Fatalf("Done: %v", err)
	}
}

func closeLog(t testing.TB, l *buffer.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// drain takes, reads and does everything that is sealed.
func drain(t testing.TB, l *buffer.Log) (all []content) {
	t.Helper()
	for {
		if n, _ := l.Consumer(name).Backlog(); n == 0 {
			return all
		}
		s := next(t, l)
		all = append(all, read(t, s))
		done(t, l, s)
	}
}

func records(all []content) (r []string) {
	for _, c := range all {
		r = append(r, c.records...)
	}
	return r
}

func checkBalance(t testing.TB, c *buffer.Consumer) buffer.Ledger {
	t.Helper()
	l := c.Ledger()
	in, out := l.In, l.Pending
	in.Records, in.Bytes = in.Records+l.Split.Records, in.Bytes+l.Split.Bytes
	for _, o := range []buffer.Counts{l.Delivered, l.Archived, l.Dropped} {
		out.Records, out.Bytes = out.Records+o.Records, out.Bytes+o.Bytes
	}
	if in != out {
		t.Errorf("ledger does not balance: in + split = %+v, the rest %+v (%+v)", in, out, l)
	}
	return l
}

func newFS() *buffertest.FS { return buffertest.NewFS() }
