package delivery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"hydrant/buffer"
	"hydrant/delivery/receipts"
)

// The states of a record that is not in one place only, beside the fates of
// package receipts.
const (
	StatePending = "pending" // accepted, safe on this machine, not yet delivered
	StateUnknown = "unknown" // nothing on this machine tells of it
)

// Whereabouts say where one record is.
type Whereabouts struct {
	Record  string    `json:"record"`
	State   string    `json:"state"` // pending, unknown, or the fate: delivered, archived, dropped
	Stream  string    `json:"stream,omitempty"`
	Segment string    `json:"segment"`
	File    string    `json:"file,omitempty"`    // of the segment, while it is pending
	Arrival time.Time `json:"arrival,omitzero"`  // of a pending record
	Settled time.Time `json:"settled,omitzero"`  // when its segment was acknowledged
	Places  []Place   `json:"places,omitempty"`  // a record that became several rows can have several
	Remark  string    `json:"remark,omitempty"`  // why nothing is known
	Bytes   int64     `json:"bytes,omitempty"`   // of a pending record
	Damaged bool      `json:"damaged,omitempty"` // a pending record that cannot be read: it will be archived
}

// A Place is where a record, or rows of it, went.
type Place struct {
	Fate   receipts.Fate `json:"fate"`
	Bucket string        `json:"bucket,omitempty"`
	Key    string        `json:"key,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// Where looks for a record in a data directory. It changes nothing and takes no
// lock: a daemon may be running on it.
func Where(fsys buffer.FS, dataDir string, id buffer.RecordID) (Whereabouts, error) {
	w := Whereabouts{Record: id.String(), State: StateUnknown, Segment: id.Segment.String()}
	found, err := w.pending(fsys, dataDir, id)
	if err != nil || found {
		return w, err
	}
	// The receipt is durable before the segment goes, so what is in neither
	// was not there when the search began.
	return w, w.settled(fsys, dataDir, id)
}

// pending looks into the logs.
func (w *Whereabouts) pending(fsys buffer.FS, dataDir string, id buffer.RecordID) (bool, error) {
	streams := path.Join(dataDir, "streams")
	names, err := fsys.ReadDir(streams)
	if err != nil {
		return false, fmt.Errorf("delivery: where: %w", err)
	}
	for _, name := range names {
		seg, err := findSegment(fsys, path.Join(streams, name, "log"), id.Segment)
		if err != nil {
			return false, err
		}
		if seg == nil {
			continue
		}
		w.State, w.Stream, w.File = StatePending, name, seg.Path
		err = w.read(seg, id)
		if errors.Is(err, fs.ErrNotExist) { // delivered this moment
			*w = Whereabouts{Record: w.Record, State: StateUnknown, Segment: w.Segment}
			return false, nil
		}
		return true, err
	}
	return false, nil
}

// findSegment returns the segment of that id if it is in the log and pending.
func findSegment(fsys buffer.FS, dir string, id buffer.SegmentID) (*buffer.StoredSegment, error) {
	stored, err := inspectLog(fsys, dir)
	if err != nil {
		return nil, err
	}
	for _, s := range stored {
		if s.Info().ID != id {
			continue
		}
		ledger, err := buffer.InspectLedger(fsys, dir)
		if err != nil || ledger.Done(s.Info().Seq) {
			return nil, err
		}
		return &s, nil
	}
	return nil, nil
}

// inspectLog inspects a log of which segments may be deleted meanwhile.
func inspectLog(fsys buffer.FS, dir string) (stored []buffer.StoredSegment, err error) {
	for range 10 {
		if stored, err = buffer.Inspect(fsys, dir); !errors.Is(err, fs.ErrNotExist) {
			return stored, err
		}
	}
	return stored, err
}

// read checks that the pending segment holds the record.
func (w *Whereabouts) read(seg *buffer.StoredSegment, id buffer.RecordID) error {
	r, err := seg.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		records, err := r.Next()
		var damage *buffer.DamageError
		switch {
		case errors.As(err, &damage):
			if uint64(damage.Offset) <= id.Offset && id.Offset < uint64(damage.Offset+max(damage.Size, 1)) {
				w.Damaged = true
				return nil
			}
			continue
		case err == io.EOF:
			return w.noSuchRecord()
		case err != nil:
			return fmt.Errorf("delivery: where: %w", err)
		}
		if len(records) == 0 || records[0].ID.Offset != id.Offset {
			continue
		}
		if int(id.Index) >= len(records) {
			return w.noSuchRecord()
		}
		w.Arrival, w.Bytes = records[id.Index].Arrival, int64(len(records[id.Index].Data))
		return nil
	}
}

func (w *Whereabouts) noSuchRecord() error {
	w.State, w.Remark = StateUnknown, "its segment is there, but holds no record of this id"
	return nil
}

// settled looks into the receipts.
func (w *Whereabouts) settled(fsys buffer.FS, dataDir string, id buffer.RecordID) error {
	r, err := receipts.Find(fsys, receiptsDir(dataDir), id.Segment)
	if err != nil {
		return fmt.Errorf("delivery: where: %w", err)
	}
	if r == nil {
		w.Remark = fmt.Sprintf("no segment and no receipt of it is here: the segment was begun at %s; receipts are kept for "+
			"server.receipts and within server.receipts_max", segmentTime(id.Segment).Format(time.RFC3339))
		return nil
	}
	w.Stream, w.Settled = r.Stream, r.Time
	entries, err := r.Of(id)
	if err != nil {
		return fmt.Errorf("delivery: where: %w", err)
	}
	if len(entries) == 0 {
		w.Remark = "the receipt of its segment names no record of this id"
		return nil
	}
	w.State = string(entries[0].Fate)
	for _, e := range entries {
		if e.Fate == receipts.Forwarded {
			w.State = StateUnknown
			w.Remark = "it was split into partitions, which hold it until they are due: of what they deliver there are no receipts"
			continue
		}
		w.Places = append(w.Places, Place{Fate: e.Fate, Bucket: e.Bucket, Key: e.Key, Reason: e.Reason})
	}
	return nil
}

// segmentTime is the time in a UUID version 7 (RFC 9562).
func segmentTime(id buffer.SegmentID) time.Time {
	var b [8]byte
	copy(b[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:]))).UTC()
}
