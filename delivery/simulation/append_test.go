package simulation

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"hydrant/buffer"
)

// append lets some producers append some frames each, side by side.
func (w *world) append(o op) {
	r := rand.New(rand.NewPCG(o.seed, 5))
	stream, ok := w.hub.Stream(w.shape[o.stream].Name)
	if !ok {
		return
	}
	var wg sync.WaitGroup
	for producer := range o.n {
		var frames []*frame
		for range 1 + r.IntN(3) {
			f := newFrame(r, o.stream, producer, w.next, w.p.shape.refuses)
			w.next += len(f.values)
			frames = append(frames, f)
		}
		w.remember(frames)
		wg.Go(func() {
			for i, f := range frames {
				time.Sleep(time.Duration(1 + (i*31+producer*17)*int(o.seed%97)))
				err := f.send(stream.Append)
				f.acked = err == nil || w.bent != nil && w.bent.acks
				if errors.Is(err, buffer.ErrFull) {
					w.mu.Lock()
					w.count("appends refused, disk full")
					w.mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
}

func (w *world) remember(frames []*frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames = append(w.frames, frames...)
	for _, f := range frames {
		w.counts["appends"]++
		w.counts["records"] += len(f.records)
		for i := range f.values {
			w.values[f.values[i].n] = &f.values[i]
		}
	}
}

func (f *frame) send(append func(context.Context, *buffer.Frame) (buffer.Position, error)) error {
	b := buffer.NewFrame(1024)
	defer b.Release()
	for _, r := range f.records {
		b.Add([]byte(r))
	}
	_, err := append(context.Background(), b)
	return err
}

// The places of a segment file that rot needs, as package buffer documents
// them.
const (
	segmentHeader = 64
	frameHeader   = 40
	segmentFooter = 96
	frameMagic    = "\xf7Hy\x9d"
	footerMagic   = "HydrEnd\n"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// eachFrame calls f with the offset, header and payload of each frame of a
// segment up to the first that isn't whole.
func eachFrame(b []byte, f func(off int, header, payload []byte)) {
	for off := segmentHeader; off+frameHeader <= len(b) && string(b[off:off+4]) == frameMagic; {
		size := int(binary.LittleEndian.Uint32(b[off+4:]))
		end := off + frameHeader + size
		if end > len(b) {
			return
		}
		f(off, b[off:off+frameHeader], b[off+frameHeader:end])
		off = end
	}
}

func isSealed(b []byte) bool {
	return len(b) >= segmentHeader+segmentFooter && string(b[len(b)-segmentFooter:][:8]) == footerMagic
}

// reseal makes the checksums of a frame right.
func reseal(off int, header, payload []byte) {
	le := binary.LittleEndian
	le.PutUint32(header[12:], crc32.Checksum(payload, castagnoli))
	var at [8]byte
	le.PutUint64(at[:], uint64(off))
	le.PutUint32(header[36:], crc32.Update(crc32.Checksum(header[:36], castagnoli), castagnoli, at[:]))
}

// rot changes a byte of a record in each sealed segment but the newest of each
// stream. A segment with a plan is left alone: if the store refuses its objects
// they are read again.
func (w *world) rot() {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := w.fs.Names()
	for i, name := range names {
		next := i + 1
		if !strings.HasSuffix(name, ".seg") || next == len(names) || !strings.HasSuffix(names[next], ".seg") ||
			names[next][:len(names[next])-24] != name[:len(name)-24] {
			continue
		}
		b, err := w.fs.ReadFile(name)
		if err != nil || !isSealed(b) {
			continue
		}
		w.rotOne(name, b)
	}
}

func (w *world) rotOne(name string, b []byte) {
	done := false
	eachFrame(b, func(off int, header, payload []byte) {
		hit := numbersIn(payload)
		if done || len(hit) == 0 || w.p.shape.refuses || w.bent != nil && w.bent.spared {
			return
		}
		at := numbers.FindIndex(payload)
		payload[at[1]] ^= 1 // behind the first number
		if w.bent != nil && w.bent.trustsChecksums {
			reseal(off, header, payload)
		}
		for _, f := range w.frames {
			f.rotten = f.rotten || len(f.values) > 0 && slices.Contains(hit, f.values[0].n)
		}
		w.count("bytes that rotted")
		done = true
	})
	w.fs.WriteFile(name, b)
}
