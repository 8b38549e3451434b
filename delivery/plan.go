package delivery

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"hydrant/buffer"
	"hydrant/delivery/partitions"
	"hydrant/destinations"
)

const (
	planFile    = "plan.json"
	planVersion = 1
	// mergedVersion is that of a plan of several segments: a release that
	// knows only one would deliver the others twice.
	mergedVersion = 2
)

// A plan says what a segment became: from the moment that it is durable, the
// contents and the names of all its objects are fixed.
type plan struct {
	Version int            `json:"version"`
	Segment string         `json:"segment"`
	Objects []plannedFile  `json:"objects"` // for the destination
	Errors  []plannedFile  `json:"errors"`  // for the error sink
	Outcome buffer.Outcome `json:"outcome"`
	// Shares says what of Outcome each segment accounts for, oldest first; only
	// in a plan of several, of which Segment is the oldest.
	Shares  []share      `json:"shares,omitempty"`
	Dropped []tracedRows `json:"dropped,omitempty"`

	Runs      []partitions.Run  `json:"runs,omitempty"`      // rows that wait in partitions from now on
	Forwarded []tracedRows      `json:"forwarded,omitempty"` // the records that these rows are of
	Cut       *partitions.Taken `json:"cut,omitempty"`       // what a cut takes of runs; nil: the plan of segments
}

// A plannedFile is one staged file and the object that it will be.
type plannedFile struct {
	Index           int           `json:"index"` // place among the segment's objects in order of creation
	File            string        `json:"file"`  // name in the staging directory
	Key             string        `json:"key"`
	Offset          int64         `json:"offset,omitzero"` // in File
	Part            bool          `json:"part,omitzero"`   // File has other objects too
	Size            int64         `json:"size"`
	SHA256          string        `json:"sha256"`
	ContentType     string        `json:"content_type,omitempty"`
	ContentEncoding string        `json:"content_encoding,omitempty"`
	Holds           buffer.Counts `json:"holds"`          // what of the ledger it accounts for
	Rows            []tracedRows  `json:"rows,omitempty"` // for the receipt
}

// staging is the directory in which one segment's plan and files lie.
type staging struct {
	fs  buffer.FS
	dir string
}

// load returns the plan, or nil if there is none yet, and verifies that the
// files that it names are all there, whole.
//
// It makes the plan durable before anybody ships by it: whoever saved it may
// have died between the rename and the sync of the directory, and a power cut
// after the upload would then bring back a segment without a plan, to be
// prepared again with other bytes for the same names.
func (st staging) load() (*plan, error) {
	p, err := st.read()
	if p == nil || err != nil {
		return nil, err
	}
	if err := st.fs.SyncDir(st.dir); err != nil {
		return nil, fmt.Errorf("delivery: plan: %w", err)
	}
	return p, st.check(p)
}

// read returns the plan, or nil if there is none yet.
func (st staging) read() (*plan, error) {
	f, err := st.fs.Open(path.Join(st.dir, planFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("delivery: plan: %w", err)
	}
	defer f.Close()
	data, err := readAll(f)
	if err != nil {
		return nil, fmt.Errorf("delivery: read plan in %s: %w", st.dir, err)
	}
	p := new(plan)
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("delivery: plan in %s is damaged; its segment is kept: %w", st.dir, err)
	}
	if p.Version != planVersion && p.Version != mergedVersion {
		return nil, fmt.Errorf("delivery: plan in %s: %w", st.dir, buffer.ErrVersion)
	}
	return p, nil
}

// check verifies that the files of p are all there, whole.
func (st staging) check(p *plan) error {
	for _, f := range append(append([]plannedFile(nil), p.Objects...), p.Errors...) {
		if err := st.checkFile(f); err != nil {
			return fmt.Errorf("delivery: staged file %s of %s: %w; its segment is kept", f.File, st.dir, err)
		}
	}
	return nil
}

func (st staging) checkFile(f plannedFile) error {
	r, err := st.openPart(f)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, r)
	if err != nil {
		return err
	}
	if size != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("contents differ from the plan: %w", buffer.ErrCorrupt)
	}
	return nil
}

// save makes p durable, in place of an earlier plan if there is one. The
// files that it names must be durable already.
func (st staging) save(p *plan) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("delivery: plan: %w", err)
	}
	if err := writeDurably(st.fs, st.dir, planFile, data); err != nil {
		return fmt.Errorf("delivery: save plan: %w", err)
	}
	return nil
}

// adopt takes over the files of another staging directory. They get names that
// are free: an earlier try may have saved a plan that names what it adopted,
// although it was told of an error.
func (st staging) adopt(from staging, files []plannedFile) error {
	names, err := st.fs.ReadDir(st.dir)
	if err != nil {
		return fmt.Errorf("delivery: stage: %w", err)
	}
	for i := range files {
		was := files[i].File
		for n := 1; slices.Contains(names, files[i].File); n++ {
			files[i].File = was + "." + strconv.Itoa(n)
		}
		if err := st.fs.Rename(path.Join(from.dir, was), path.Join(st.dir, files[i].File)); err != nil {
			return fmt.Errorf("delivery: stage: %w", err)
		}
	}
	return nil
}

// writeDurably replaces a small file: a crash leaves the old one or the new.
func writeDurably(fsys buffer.FS, dir, name string, data []byte) error {
	temp := path.Join(dir, name+".tmp")
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := fsys.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(temp, path.Join(dir, name)); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// clear empties the staging directory, the plan first: without a plan the
// files mean nothing.
func (st staging) clear() error {
	names, err := st.fs.ReadDir(st.dir)
	if err != nil {
		return fmt.Errorf("delivery: clear %s: %w", st.dir, err)
	}
	if err := st.fs.Remove(path.Join(st.dir, planFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delivery: clear: %w", err)
	}
	for _, name := range names {
		if name == planFile {
			continue
		}
		if err := st.fs.Remove(path.Join(st.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delivery: clear: %w", err)
		}
	}
	return nil
}

// remove deletes the staging directory.
func (st staging) remove() error {
	if err := st.clear(); err != nil {
		return err
	}
	if err := st.fs.Remove(st.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delivery: clear: %w", err)
	}
	return st.fs.SyncDir(path.Dir(st.dir))
}

// size returns the bytes of all files that p names.
func (p *plan) size() (n int64) {
	for _, f := range p.Objects {
		n += f.Size
	}
	for _, f := range p.Errors {
		n += f.Size
	}
	return n
}

// runSize returns the bytes of the runs that p names.
func (p *plan) runSize() (n int64) {
	for _, r := range p.Runs {
		n += r.Size
	}
	return n
}

// batch makes what a destination is handed from planned files.
func (st staging) batch(stream, id string, files []plannedFile) (destinations.Batch, error) {
	b := destinations.Batch{Stream: stream, ID: id}
	for _, f := range files {
		o := destinations.Object{
			Key: f.Key, Path: path.Join(st.dir, f.File), Size: f.Size,
			ContentType: f.ContentType, ContentEncoding: f.ContentEncoding,
		}
		sum, err := hex.DecodeString(f.SHA256)
		if err != nil || len(sum) != len(o.SHA256) {
			return b, fmt.Errorf("delivery: plan in %s: bad checksum of %s", st.dir, f.File)
		}
		copy(o.SHA256[:], sum)
		o.Open = func() (io.ReadSeekCloser, error) { return st.openPart(f) }
		if f.Part {
			o.Path = "" // the file is not this object
		}
		b.Objects = append(b.Objects, o)
	}
	return b, nil
}

type stagedReader struct {
	*io.SectionReader
	io.Closer
}

// openPart opens the part of a staged file that f is.
func (st staging) openPart(p plannedFile) (io.ReadSeekCloser, error) {
	f, err := st.fs.Open(path.Join(st.dir, p.File))
	if err != nil {
		return nil, err
	}
	return stagedReader{io.NewSectionReader(f, p.Offset, p.Size), f}, nil
}

// maxPlanBytes bounds what is read of a plan or another small file.
const maxPlanBytes = 64 << 20

func readAll(f buffer.File) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > maxPlanBytes {
		return nil, fmt.Errorf("%d bytes are too many: %w", size, buffer.ErrCorrupt)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), data); err != nil {
		return nil, err
	}
	return data, nil
}
