package buffer

import (
	"errors"
	"io"
	"time"
)

// SegmentID is a segment's identity: a UUID version 7, made when the segment
// is created. Object keys, document ids and load names derive from it, so a
// repeat after a crash repeats them.
type SegmentID [16]byte

// RecordID says where an accepted record lies: its segment, the offset of its
// frame in bytes, and its place in the frame from 0.
type RecordID struct {
	Segment SegmentID
	Offset  uint64
	Index   uint32
}

// Position is where a frame was appended. Record i of the frame has the id
// {Segment, Offset, i}.
type Position struct {
	Segment SegmentID
	Offset  uint64
	// Repeat says that the frame was stored there by an earlier Append with
	// the same key, and not again.
	Repeat bool
}

// A Record is one accepted record as it is read back. Data is valid until the
// next call of the reader that it came from.
type Record struct {
	ID      RecordID
	Arrival time.Time // when it was accepted, UTC
	Data    []byte
}

// Sentinels that callers branch on.
var (
	// ErrFull means that a disk budget is used up: nothing was accepted.
	ErrFull = errors.New("buffer: disk budget is used up")
	// ErrClosed means that the log takes no more appends.
	ErrClosed = errors.New("buffer: log is closed")
	// ErrCorrupt marks damage to data that was promised.
	ErrCorrupt = errors.New("buffer: damaged data")
	// ErrVersion marks a file that a newer release wrote.
	ErrVersion = errors.New("buffer: written by a newer release")
	// ErrKeyReused means that a key came before with other records: nothing
	// was accepted.
	ErrKeyReused = errors.New("buffer: key was used for other records")
	// ErrLocked means that another daemon holds the data directory.
	ErrLocked = errors.New("buffer: data directory is in use by another process")
)

// FS is the file system below a log: what a simulated disk has to offer.
// Names are slash-separated paths. Nothing is durable before Sync (contents)
// and SyncDir (directory entries).
type FS interface {
	Create(name string) (File, error) // read and write; the file must not exist
	Open(name string) (File, error)   // read only
	Edit(name string) (File, error)   // read and write an existing file
	Rename(from, to string) error
	Remove(name string) error
	MkdirAll(dir string) error            // with its parents, all durable; one that is there is no error
	ReadDir(dir string) ([]string, error) // names in order; a missing directory has none
	SyncDir(dir string) error
	// Lock takes the file for this process alone, or returns [ErrLocked].
	Lock(name string) (io.Closer, error)
}

// A SpaceFS is an [FS] that knows how full it is.
type SpaceFS interface {
	FS
	// Space returns the bytes that are free to this process on the file
	// system below dir, and the bytes that it has in all.
	Space(dir string) (free, total int64, err error)
}

// A PrivateFS is an [FS] that can hide files from other users of the machine.
type PrivateFS interface {
	FS
	// CreatePrivate is Create for a file that only this user can read.
	CreatePrivate(name string) (File, error)
}

// File is one open file. Write appends at the file's end.
type File interface {
	io.Writer
	io.ReaderAt
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
	Close() error
}

// Counts are records and bytes. Bytes are always bytes of records as they
// were accepted: a row is worth the part of its record that it came from.
type Counts struct {
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
}

// An Outcome says where all records of a batch went. It balances:
// In + Split = Delivered + Archived + Dropped + Forwarded, in records and in
// bytes. What a consumer forwarded it keeps durably in a place of its own,
// until [Consumer.Settle] says what became of it.
type Outcome struct {
	In        Counts `json:"in"`
	Split     Counts `json:"split"`
	Delivered Counts `json:"delivered"`
	Archived  Counts `json:"archived"`
	Dropped   Counts `json:"dropped"`
	Forwarded Counts `json:"forwarded,omitzero"`
}

// Ledger is the account of one consumer since the log was created. At every
// moment In + Split = Delivered + Archived + Dropped + Pending. Forwarded is
// the part of Pending that has left the log and is not settled.
type Ledger struct {
	Outcome
	Pending Counts `json:"pending"`
}

// SegmentInfo describes one sealed segment: one batch.
type SegmentInfo struct {
	ID      SegmentID
	Seq     uint64    // counts up in a log; a segment that held nothing leaves a gap
	First   time.Time // arrival of its first record, UTC
	Records int64
	Bytes   int64 // of record data, without framing
}
