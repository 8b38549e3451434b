package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"sync"
	"time"

	"hydrant/buffer"
)

// hydrantLogs are logs of package buffer whose segments are deleted as they
// come, as a fast destination does.
type hydrantLogs struct {
	logs   []*buffer.Log
	frames []*buffer.Frame // one for each writer
	turn   []int           // of each writer: the log that it appends to next
	wg     sync.WaitGroup
}

func openHydrant(dir string, logs, writers int) (*hydrantLogs, error) {
	h := &hydrantLogs{turn: make([]int, writers)}
	for i := range logs {
		l, err := buffer.Open(buffer.RealFS(), path.Join(filepath.ToSlash(dir), fmt.Sprint(i)), buffer.Options{
			Size: 64 << 20, Interval: time.Minute, Consumers: []string{"s3"},
		})
		if err != nil {
			return nil, fmt.Errorf("logbench: %w", err)
		}
		h.logs = append(h.logs, l)
		h.wg.Go(func() { discard(l.Consumer("s3")) })
	}
	for w := range writers {
		f := buffer.NewFrame(batchBytes + 4*records)
		for i := range records {
			f.Add(record(i))
		}
		h.frames = append(h.frames, f)
		h.turn[w] = w * logs / writers
	}
	return h, nil
}

func discard(c *buffer.Consumer) {
	for {
		s, err := c.Next(context.Background())
		if err != nil {
			return
		}
		info := s.Info()
		all := buffer.Counts{Records: info.Records, Bytes: info.Bytes}
		if c.Done(s, buffer.Outcome{In: all, Delivered: all}) != nil {
			return
		}
	}
}

func (h *hydrantLogs) append(ctx context.Context, writer int) error {
	l := h.logs[h.turn[writer]]
	h.turn[writer] = (h.turn[writer] + 1) % len(h.logs)
	_, err := l.Append(ctx, h.frames[writer])
	return err
}

func (h *hydrantLogs) close() error {
	var err error
	for _, l := range h.logs {
		err = errors.Join(err, l.Close())
	}
	h.wg.Wait()
	return err
}
