package buffer

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"sync"
	"time"
)

const quarantineDir = "quarantine"

// A quarantine is the folder where damaged bytes are kept for a person to look
// at, each with a report beside it. A place is kept once.
type quarantine struct {
	mu  sync.Mutex
	fs  FS
	dir string
}

// A report stands beside kept bytes, as JSON.
type report struct {
	Segment SegmentID `json:"segment"`
	Seq     uint64    `json:"seq"`
	File    string    `json:"file"`    // the segment file, in the log's folder
	Offset  int64     `json:"offset"`  // of the bytes in it
	Size    int64     `json:"size"`    // of the bytes
	What    string    `json:"what"`    // in words
	Records int64     `json:"records"` // that lay there, as far as it is known
	Bytes   int64     `json:"bytes"`   // of those records
	Found   time.Time `json:"found"`
}

func quarantineName(seq uint64, off int64) string { return fmt.Sprintf("%020d-%d", seq, off) }

// keep copies the damaged bytes that r describes out of src, and returns the
// path of the copy. Once it returned nil, copy and report are durable. For a
// place without bytes it returns the copy of the whole file, if there is one.
func (q *quarantine) keep(src io.ReaderAt, r report) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	raw, err := q.keepLocked(src, r)
	if err != nil {
		return "", fmt.Errorf("buffer: quarantine %s at %d: %w", r.File, r.Offset, err)
	}
	return raw, nil
}

func (q *quarantine) keepLocked(src io.ReaderAt, r report) (string, error) {
	names, err := q.fs.ReadDir(q.dir)
	if err != nil {
		return "", err
	}
	if whole := quarantineName(r.Seq, 0); r.Size == 0 && slices.Contains(names, whole+".json") {
		return path.Join(q.dir, whole+".bin"), nil
	}
	name := quarantineName(r.Seq, r.Offset)
	raw := path.Join(q.dir, name+".bin")
	if slices.Contains(names, name+".json") { // written last, so the copy is there too
		return raw, nil
	}
	if err := q.fs.MkdirAll(q.dir); err != nil {
		return "", err
	}
	err = replace(q.fs, q.dir, name+".bin", func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(src, r.Offset, r.Size))
		return err
	})
	if err != nil {
		return "", err
	}
	return raw, replace(q.fs, q.dir, name+".json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	})
}
