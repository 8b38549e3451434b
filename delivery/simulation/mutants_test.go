package simulation

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/delivery"
	"hydrant/destinations"
	"hydrant/transform"
)

// mutants are the promises, broken one by one.
var mutants = []mutant{
	{name: "append acknowledged before the fsync", promise: "what was acknowledged is durable",
		disk: skips("sync", isSegment)},
	{name: "disk lies about every fsync", promise: "what fsync confirmed stays",
		disk: skips("sync", anyName)},
	{name: "append acknowledged although its fsync failed", promise: "a failed fsync is an error",
		disk: hideFailedSync},
	{name: "fsync repeated after it failed", promise: "no write goes on in a file whose fsync failed",
		disk: repeatFailedSync},
	{name: "append acknowledged although it failed", promise: "an error acknowledges nothing",
		acks: true},
	{name: "log directory not synced", promise: "the name of a new segment is durable before it is promised",
		disk: skips("syncdir", isLogFolder)},
	{name: "torn tail taken for records", promise: "a torn frame is cut, not delivered",
		restart: resealAll, spared: true},
	{name: "checksum not checked on read", promise: "damage is told and archived, not delivered",
		trustsChecksums: true},
	{name: "segment deleted before the ledger line", promise: "the ledger has an outcome before its segment goes",
		disk: deleteBeforeLedger},
	{name: "segment deleted although the ledger line failed", promise: "a ledger line that is not durable deletes nothing",
		disk: hideFailedLedger},
	{name: "ledger line not synced", promise: "a ledger line is durable when its segment is deleted",
		disk: skips("sync", isLedger)},
	{name: "new ledger not synced before its rename", promise: "a crash leaves the old ledger or the new",
		disk: skips("sync", isNewLedger)},
	{name: "ledger line written twice", promise: "a segment counts once",
		disk: doubleLedger},
	{name: "staged objects not synced", promise: "what a plan names is durable before the plan",
		disk: skips("sync", isObject)},
	{name: "staged entries not synced", promise: "the archive's entries are durable before the plan",
		disk: skips("sync", isEntries)},
	{name: "plan not synced before its rename", promise: "a plan is whole or not there",
		disk: skips("sync", isNewPlan)},
	{name: "rename of the plan not synced", promise: "contents and names are durable before the first upload",
		disk: skips("syncdir", isInStaging)},
	{name: "plan not kept", promise: "a repeat after a crash repeats bytes and names",
		restart: forget(isPlan)},
	{name: "start sweeps the staged files of pending segments", promise: "a start deletes only what is done",
		restart: forget(isInStaging)},
	{name: "object named by the clock at each try", promise: "a repeat has the same name",
		parts: delivers(true, false, renameBy(func() string { return fmt.Sprint(time.Now().UnixNano()) }))},
	{name: "object named at random at each try", promise: "a repeat has the same name",
		parts: delivers(true, false, renameBy(rand.Text))},
	{name: "archive named at random at each try", promise: "a repeat of the archive has the same name",
		parts: delivers(false, true, renameBy(rand.Text))},
	{name: "acknowledged before delivery", promise: "a segment is done when its objects are durable",
		parts: delivers(true, false, later)},
	{name: "acknowledged before the error sink has its entries", promise: "a segment is done when its archive is durable",
		parts: delivers(false, true, later)},
	{name: "error sink forgotten", promise: "what can't be delivered is archived",
		parts: delivers(false, true, forgetful)},
	{name: "permanent error taken for success", promise: "what the store refuses for good is archived",
		parts: delivers(true, false, shrug)},
	{name: "partial failure taken for success", promise: "only the objects that were delivered are done",
		parts: delivers(true, false, ignorePartial)},
	{name: "answer 500 taken for success", promise: "only a success is one",
		network: answers(http.StatusInternalServerError, http.StatusOK)},
	{name: "lost answer taken for success", promise: "no answer is not success",
		network: lostIsSuccess},
	{name: "object overwritten: If-None-Match not sent, plan not kept", promise: "an object does not change once it is written",
		network: unconditional, restart: forget(isPlan)},
	{name: "no checksum sent with an upload", promise: "half an upload is no object",
		network: withoutChecksums},
	{name: "name taken by other bytes is taken for delivered", promise: "an object that is there is compared",
		network: answers(http.StatusPreconditionFailed, http.StatusOK), restart: forget(isPlan)},
	{name: "budget of the disk leaks", promise: "what is delivered frees its disk",
		options: leak},
	{name: "segment left on the disk", promise: "nothing is left of what is done",
		disk: skips("remove", isSegment)},
	{name: "staged files left on the disk", promise: "nothing is left of what is done",
		disk: skips("remove", isStaged)},
	{name: "records of a frame turned round", promise: "records stay in order",
		parts: transforms(turnRound)},
	{name: "row forgotten", promise: "every record is accounted for",
		parts: transforms(skipSome)},
	{name: "row repeated", promise: "every record is delivered once",
		parts: transforms(repeatSome)},
}

func hideFailedSync(buffer.FS) treatment {
	return func(op buffertest.Op, _ []byte, do func() error) error {
		if err := do(); err != nil && (op.Kind != "sync" || !isSegment(op.Name) || errors.Is(err, errDead)) {
			return err
		}
		return nil
	}
}

func repeatFailedSync(buffer.FS) treatment {
	return func(op buffertest.Op, _ []byte, do func() error) error {
		err := do()
		if err != nil && op.Kind == "sync" && isSegment(op.Name) {
			err = do()
		}
		return err
	}
}

var seqOfLine = regexp.MustCompile(`"kind":"done".*?"seq":(\d+)`)

func deleteBeforeLedger(fs buffer.FS) treatment {
	return func(op buffertest.Op, data []byte, do func() error) error {
		if m := seqOfLine.FindSubmatch(data); m != nil && op.Kind == "write" && isLedger(op.Name) {
			name := path.Join(path.Dir(op.Name), strings.Repeat("0", 20-len(m[1]))+string(m[1])+".seg")
			if err := errors.Join(fs.Remove(name), fs.SyncDir(path.Dir(name))); err != nil {
				return err
			}
		}
		return do()
	}
}

func hideFailedLedger(buffer.FS) treatment {
	return func(op buffertest.Op, _ []byte, do func() error) error {
		err := do()
		if (op.Kind == "write" || op.Kind == "sync") && isLedger(op.Name) && !errors.Is(err, errDead) {
			return nil
		}
		return err
	}
}

func doubleLedger(buffer.FS) treatment {
	return func(op buffertest.Op, data []byte, do func() error) error {
		if op.Kind == "write" && isLedger(op.Name) {
			if err := do(); err != nil {
				return err
			}
		}
		return do()
	}
}

// forget removes files before a process starts.
func forget(which func(string) bool) func(*buffertest.FS) {
	return func(fs *buffertest.FS) {
		for _, name := range fs.Names() {
			if which(name) {
				fs.Erase(name)
			}
		}
	}
}

// resealAll takes what is there of each frame for the whole of it, with zeros
// where it is torn.
func resealAll(fs *buffertest.FS) {
	for _, name := range fs.Names() {
		b, err := fs.ReadFile(name)
		if err != nil || !isSegment(name) || isSealed(b) {
			continue
		}
		end := segmentHeader
		eachFrame(b, func(off int, header, payload []byte) {
			reseal(off, header, payload)
			end = off + len(header) + len(payload)
		})
		if len(b) >= end+frameHeader && string(b[end:end+4]) == frameMagic {
			b = append(b, make([]byte, binary.LittleEndian.Uint32(b[end+4:]))...)
			eachFrame(b[:end+frameHeader+int(binary.LittleEndian.Uint32(b[end+4:]))], reseal)
		}
		fs.WriteFile(name, b)
	}
}

type deliverFunc func(context.Context, destinations.Batch) error

func (f deliverFunc) Deliver(ctx context.Context, b destinations.Batch) error { return f(ctx, b) }

func renameBy(name func() string) func(destinations.Destination) destinations.Destination {
	return func(d destinations.Destination) destinations.Destination {
		return deliverFunc(func(ctx context.Context, b destinations.Batch) error {
			b.Objects = slices.Clone(b.Objects)
			for i := range b.Objects {
				b.Objects[i].Key += "-" + name()
			}
			return d.Deliver(ctx, b)
		})
	}
}

// later says that a batch is delivered and delivers it then, once.
func later(d destinations.Destination) destinations.Destination {
	return deliverFunc(func(ctx context.Context, b destinations.Batch) error {
		b.Objects = slices.Clone(b.Objects)
		for i := range b.Objects {
			r, err := b.Objects[i].Open()
			if err != nil {
				return err
			}
			data, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil {
				return err
			}
			b.Objects[i].Open = func() (io.ReadSeekCloser, error) { return inMemory{bytes.NewReader(data)}, nil }
		}
		go d.Deliver(context.WithoutCancel(ctx), b)
		return nil
	})
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

func forgetful(destinations.Destination) destinations.Destination {
	return deliverFunc(func(context.Context, destinations.Batch) error { return nil })
}

func shrug(d destinations.Destination) destinations.Destination {
	return deliverFunc(func(ctx context.Context, b destinations.Batch) error {
		err := d.Deliver(ctx, b)
		var partial *destinations.PartialError
		if errors.As(err, &partial) {
			for i, err := range partial.Failed {
				if destinations.IsPermanent(err) {
					delete(partial.Failed, i)
				}
			}
			if len(partial.Failed) == 0 {
				return nil
			}
		}
		if destinations.IsPermanent(err) {
			return nil
		}
		return err
	})
}

func ignorePartial(d destinations.Destination) destinations.Destination {
	return deliverFunc(func(ctx context.Context, b destinations.Batch) error {
		err := d.Deliver(ctx, b)
		var partial *destinations.PartialError
		if errors.As(err, &partial) && len(partial.Failed) < len(b.Objects) {
			return nil
		}
		return err
	})
}

// answers changes one status into another where something is written.
func answers(from, to int) func(http.RoundTripper) http.RoundTripper {
	return func(n http.RoundTripper) http.RoundTripper {
		return tripper(func(req *http.Request) (*http.Response, error) {
			resp, err := n.RoundTrip(req)
			if err == nil && resp.StatusCode == from && req.Method == "PUT" {
				resp.StatusCode, resp.Body, resp.ContentLength = to, http.NoBody, 0
			}
			return resp, err
		})
	}
}

func lostIsSuccess(n http.RoundTripper) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) {
		resp, err := n.RoundTrip(req)
		if errors.Is(err, errReset) && req.Method == "PUT" {
			return answer{status: 200}.response(req), nil
		}
		return resp, err
	})
}

func unconditional(n http.RoundTripper) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.Header.Del("If-None-Match")
		return n.RoundTrip(req)
	})
}

func withoutChecksums(n http.RoundTripper) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.Header.Del("X-Amz-Checksum-Sha256")
		req.Header.Del("X-Amz-Content-Sha256")
		return n.RoundTrip(req)
	})
}

// leaks is a [delivery.Metrics] that takes from the budget what was freed.
type leaks struct{ disk *buffer.Disk }

func (leaks) Appended(string, int64, int64, time.Duration, error)          {}
func (leaks) Prepared(string, time.Duration)                               {}
func (leaks) Attempt(string, string, time.Duration, error)                 {}
func (l leaks) Delivered(_ string, _ buffer.Outcome, _ int, objects int64) { l.disk.Force(objects) }

func leak(o *delivery.Options) { o.Metrics = leaks{o.Disk} }

// transforms puts a transform into a stream that has none.
func transforms(each func(i, n int, row func(int) error) error) func(delivery.Parts) delivery.Parts {
	return func(p delivery.Parts) delivery.Parts {
		p.Transform = bentTransform{each}
		return p
	}
}

type bentTransform struct {
	each func(i, n int, row func(int) error) error
}

func (t bentTransform) Transform(_ context.Context, records []buffer.Record, out transform.Output) error {
	for i := range records {
		err := t.each(i, len(records), func(i int) error {
			return out.Row(i, transform.Row{Data: records[i].Data, Source: records[i].Data})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func turnRound(i, n int, row func(int) error) error { return row(n - 1 - i) }

func skipSome(i, _ int, row func(int) error) error {
	if i == 3 {
		return nil
	}
	return row(i)
}

func repeatSome(i, _ int, row func(int) error) error {
	if i == 3 {
		return errors.Join(row(i), row(i))
	}
	return row(i)
}
