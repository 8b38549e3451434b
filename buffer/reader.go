package buffer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"time"
)

// A Segment is a sealed segment: one batch. It is safe for concurrent use.
type Segment struct {
	fs   FS
	dir  string
	name string      // of the file in dir
	foot footer      // what of the file counts, whatever its own footer says
	kept *quarantine // nil: damage is told and not kept

	disk    int64 // bytes of the budget that it holds
	waiting int   // consumers that are not done; guarded by the log's mu
}

// Info describes the segment.
func (s *Segment) Info() SegmentInfo {
	return SegmentInfo{
		ID: s.foot.id, Seq: s.foot.seq, First: time.Unix(0, s.foot.first).UTC(),
		Records: s.foot.records, Bytes: s.foot.bytes,
	}
}

func (s *Segment) counts() Counts { return Counts{s.foot.records, s.foot.bytes} }

// Reader returns a reader of the segment's records from the first on. The
// caller closes it, before it calls [Consumer.Done].
func (s *Segment) Reader() (*Reader, error) {
	f, err := s.fs.Open(path.Join(s.dir, s.name))
	if err != nil {
		return nil, fmt.Errorf("buffer: read %s: %w", s.name, err)
	}
	total := s.counts()
	return &Reader{s: s, f: f, scan: newScanner(f, s.foot.end, s.foot.tag(), &total)}, nil
}

// A Reader reads the records of one segment in the order in which they were
// accepted. One goroutine owns it. It holds one buffer of a mebibyte, or of
// the largest frame if that is larger.
type Reader struct {
	s       *Segment
	f       File
	scan    *scanner
	records []Record
}

// A DamageError says that a part of a segment cannot be read. Its bytes are in
// quarantine, and reading goes on behind it. The records and bytes of all
// DamageErrors of a segment, and those of its records that were read, add up
// to what its [SegmentInfo] says.
type DamageError struct {
	Segment SegmentID
	Offset  int64  // in the segment's file, in bytes
	Size    int64  // of the damaged part, in bytes; 0: it is missing
	Records int64  // that cannot be read
	Bytes   int64  // of those records
	Raw     string // path of the copy in quarantine; empty for a segment of [Inspect]
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("buffer: segment %s: damage at %d, %d bytes long: %d records are lost", e.Segment, e.Offset, e.Size, e.Records)
}

// Unwrap returns [ErrCorrupt].
func (e *DamageError) Unwrap() error { return ErrCorrupt }

// Next returns the records of the next frame; they are valid until the next
// call. It returns io.EOF after the last. A [*DamageError] means that some
// records are lost, and that the next call goes on behind them. After any
// other error, which is that of the disk, the next call tries the same again.
func (r *Reader) Next() ([]Record, error) {
	from := r.scan.place
	f, err := r.scan.next()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("buffer: read %s at %d: %w", r.s.name, r.scan.off, err)
	}
	if f.payload == nil {
		damage, err := r.keep(f)
		if err != nil {
			r.scan.place = from
			return nil, err
		}
		return nil, damage
	}
	r.decode(f)
	return r.records, nil
}

// keep puts what was found into quarantine.
func (r *Reader) keep(f found) (*DamageError, error) {
	damage := &DamageError{
		Segment: r.s.foot.id, Offset: f.off, Size: f.size,
		Records: f.lost.Records, Bytes: f.lost.Bytes,
	}
	if r.s.kept == nil {
		return damage, nil
	}
	var err error
	damage.Raw, err = r.s.kept.keep(r.f, report{
		Segment: r.s.foot.id, Seq: r.s.foot.seq, File: r.s.name,
		Offset: f.off, Size: f.size, Records: f.lost.Records, Bytes: f.lost.Bytes,
		What:  "bytes of accepted records do not match their checksum; the readable rest is delivered",
		Found: time.Now().UTC(),
	})
	return damage, err
}

// decode takes a payload apart that payloadOK has checked.
func (r *Reader) decode(f found) {
	r.records = r.records[:0]
	arrival := time.Unix(0, f.frame.arrival).UTC()
	id := RecordID{Segment: r.s.foot.id, Offset: uint64(f.off)}
	for p := f.payload; len(p) > 0; id.Index++ {
		end := 4 + binary.LittleEndian.Uint32(p)
		r.records = append(r.records, Record{ID: id, Arrival: arrival, Data: p[4:end:end]})
		p = p[end:]
	}
}

// Close ends the reading; records that Next returned are no longer valid.
func (r *Reader) Close() error {
	r.scan.w.release()
	return r.f.Close()
}
