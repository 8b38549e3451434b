// Package receipts keeps, for a while, where each record went: to which object,
// to which entry of the error sink, or nowhere because a transform said that it
// is not wanted. Whoever acknowledges a segment adds its receipt first, so that
// the segment's file is not needed to tell.
//
// Receipts of all streams are in one [buffer.Journal]; what is older or more
// than its limits is forgotten. They decide about nothing: without them no
// record is lost or repeated.
package receipts

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"hydrant/buffer"
)

// A Fate is what became of a record.
type Fate string

// The fates. A record that became several rows can have several.
const (
	Delivered Fate = "delivered"
	Archived  Fate = "archived"
	Dropped   Fate = "dropped"
	// Forwarded: it waits in partitions, or did. What became of it there has no
	// receipt.
	Forwarded Fate = "forwarded"
)

// An Entry is one place where records of a segment went.
type Entry struct {
	Fate   Fate   `json:"fate"`
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key,omitempty"`
	Reason string `json:"reason,omitempty"` // why it was archived or dropped
	Rows   Rows   `json:"rows"`
}

// A Receipt is about all records of one segment.
type Receipt struct {
	Stream  string           `json:"stream"`
	Segment buffer.SegmentID `json:"segment"`
	Time    time.Time        `json:"time"` // of the acknowledgement
	Entries []Entry          `json:"entries"`
}

// A Store takes receipts. It is safe for concurrent use. A nil *Store takes
// none.
type Store struct{ journal *buffer.Journal }

// Open opens the receipts in dir.
func Open(fs buffer.FS, dir string, limits buffer.JournalLimits) (*Store, error) {
	j, err := buffer.OpenJournal(fs, dir, limits)
	if err != nil {
		return nil, fmt.Errorf("receipts: %w", err)
	}
	return &Store{j}, nil
}

// SetLimits changes how much is kept.
func (s *Store) SetLimits(limits buffer.JournalLimits) {
	if s != nil {
		s.journal.SetLimits(limits)
	}
}

// version is the first byte of each receipt in the journal; then come the
// segment's id, and the receipt as compressed JSON.
const version = 1

const headSize = 1 + 16

// Add makes the receipt of a segment durable. Adding it again, as after a
// crash, does no harm.
func (s *Store) Add(stream string, segment buffer.SegmentID, entries []Entry) error {
	if s == nil {
		return nil
	}
	now := time.Now().UTC()
	text, err := json.Marshal(Receipt{Stream: stream, Segment: segment, Time: now, Entries: entries})
	if err != nil {
		return fmt.Errorf("receipts: segment %s: %w", segment, err)
	}
	b := bytes.NewBuffer(append([]byte{version}, segment[:]...))
	w, err := flate.NewWriter(b, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = s.journal.Append(now, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("receipts: segment %s: %w", segment, err)
	}
	return nil
}

// Close ends the store.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	return s.journal.Close()
}

// Find returns the newest receipt of a segment in dir, nil if there is none.
// It needs no [Store], and works beside one.
func Find(fs buffer.FS, dir string, segment buffer.SegmentID) (*Receipt, error) {
	var found []byte
	err := buffer.ReadJournal(fs, dir, func(_ time.Time, payload func() ([]byte, error)) error {
		b, err := payload()
		if err == nil && len(b) >= headSize && b[0] == version && buffer.SegmentID(b[1:headSize]) == segment {
			found = b[headSize:]
		}
		return err
	})
	if err != nil || found == nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(found)), maxText))
	if err != nil {
		return nil, fmt.Errorf("receipts: segment %s: %w", segment, err)
	}
	r := new(Receipt)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("receipts: segment %s: %w", segment, err)
	}
	return r, nil
}

// maxText bounds what a receipt may unpack to, in bytes.
const maxText = 256 << 20

// Of returns the entries that hold a record, without their rows.
func (r *Receipt) Of(id buffer.RecordID) ([]Entry, error) {
	var entries []Entry
	for _, e := range r.Entries {
		has, err := e.Rows.Contain(id)
		if err != nil {
			return nil, err
		}
		if has {
			e.Rows = nil
			entries = append(entries, e)
		}
	}
	return entries, nil
}
