package delivery

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strconv"

	"hydrant/buffer"
	"hydrant/formats"
)

// stagedFile is a local file being written: counted, hashed, and durable once
// finish has returned.
type stagedFile struct {
	name string // in the staging directory
	f    buffer.File
	w    *bufio.Writer
	sum  hash.Hash
	size int64
}

func createStaged(st staging, name string) (*stagedFile, error) {
	f, err := st.fs.Create(path.Join(st.dir, name))
	if err != nil {
		return nil, fmt.Errorf("delivery: stage: %w", err)
	}
	s := &stagedFile{name: name, f: f, sum: sha256.New()}
	s.w = bufio.NewWriterSize(writerFunc(s.write), 64<<10)
	return s, nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (s *stagedFile) write(p []byte) (int, error) {
	n, err := s.f.Write(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	return n, err
}

func (s *stagedFile) Write(p []byte) (int, error) { return s.w.Write(p) }

// finish makes the file durable and closes it.
func (s *stagedFile) finish() error {
	err := s.w.Flush()
	if err == nil {
		err = s.f.Sync()
	}
	if err := errors.Join(err, s.f.Close()); err != nil {
		return fmt.Errorf("delivery: stage %s: %w", s.name, err)
	}
	return nil
}

// abandon closes the file; what is in it is deleted later with its directory.
func (s *stagedFile) abandon() { s.f.Close() }

func (s *stagedFile) planned() plannedFile {
	return plannedFile{File: s.name, Size: s.size, SHA256: hex.EncodeToString(s.sum.Sum(nil))}
}

// An object is one of a segment's objects while rows are added to it.
type object struct {
	index int
	keys  map[string]string // partition keys; nil: not partitioned
	enc   formats.Encoder
	file  *stagedFile // nil: nothing is written
	holds buffer.Counts
	held  int64
	rows  traces // for the receipt
}

// An objectSet makes the objects of one segment: one, or one for each
// partition. When they hold too much memory or too many files are open, the
// largest is finished early and its partition goes on in another object.
type objectSet struct {
	st      staging
	options formats.Options
	ext     string
	name    func(index int, keys map[string]string) (key, id string, err error)
	discard bool // encode only to learn which rows fail; write nothing

	open     map[string]*object // by partition
	single   *object            // the only one, without partitions
	finished []plannedFile
	next     int
	held     int64
	maxHeld  int64
	maxOpen  int
}

// only returns the one object of a segment that is not partitioned.
func (s *objectSet) only() (*object, error) {
	if s.single != nil {
		return s.single, nil
	}
	o, err := s.create(nil)
	if err != nil {
		return nil, err
	}
	s.single, s.open[""] = o, o
	return o, nil
}

// get returns the open object of the partition that keys found last, making it
// if there is none.
func (s *objectSet) get(partition []byte, keys *partitioner) (*object, error) {
	if o := s.open[string(partition)]; o != nil {
		return o, nil
	}
	name := string(partition)
	if len(s.open) >= s.maxOpen {
		if err := s.cutLargest(); err != nil {
			return nil, err
		}
	}
	o, err := s.create(keys.values())
	if err != nil {
		return nil, err
	}
	s.open[name] = o
	return o, nil
}

func (s *objectSet) create(keys map[string]string) (*object, error) {
	o := &object{index: s.next, keys: keys}
	_, id, err := s.name(o.index, keys)
	if err != nil && keys != nil {
		return nil, &keyError{message: err.Error()} // too long, or not allowed in a name: the row's fault
	}
	if err != nil {
		return nil, fmt.Errorf("delivery: object name: %w", err)
	}
	s.next++
	var w io.Writer = io.Discard
	if !s.discard {
		if o.file, err = createStaged(s.st, "object-"+strconv.Itoa(o.index)+s.ext); err != nil {
			return nil, err
		}
		w = o.file
	}
	options := s.options
	options.ObjectName = id
	if o.enc, err = formats.New(options, w); err != nil {
		return nil, fmt.Errorf("delivery: encode: %w", err)
	}
	return o, nil
}

// grew is told that a row was added to o.
func (s *objectSet) grew(o *object) error {
	held := o.enc.Held()
	s.held += held - o.held
	o.held = held
	if s.held > s.maxHeld && len(s.open) > 1 {
		return s.cutLargest()
	}
	return nil
}

func (s *objectSet) cutLargest() error {
	var largest *object
	var name string
	for partition, o := range s.open {
		if largest == nil || o.held > largest.held || o.held == largest.held && o.index < largest.index {
			largest, name = o, partition
		}
	}
	delete(s.open, name)
	return s.finish(largest)
}

// finish completes o and makes it durable. An object without rows is none.
func (s *objectSet) finish(o *object) error {
	s.held -= o.held
	if err := o.enc.Close(); err != nil {
		return fmt.Errorf("delivery: encode: %w", err)
	}
	if o.file == nil {
		return nil
	}
	if err := o.file.finish(); err != nil {
		return err
	}
	if o.enc.Rows() == 0 {
		return s.st.fs.Remove(path.Join(s.st.dir, o.file.name))
	}
	f := o.file.planned()
	o.file = nil
	var err error
	if f.Key, _, err = s.name(o.index, o.keys); err != nil {
		return err
	}
	f.Index, f.Holds, f.Rows = o.index, o.holds, o.rows.finish()
	f.ContentType = formats.ContentType(s.options.Kind, s.options.Compression)
	s.finished = append(s.finished, f)
	return nil
}

// finishAll completes all objects, in the order of their creation.
func (s *objectSet) finishAll() error {
	for len(s.open) > 0 {
		var first *object
		var name string
		for partition, o := range s.open {
			if first == nil || o.index < first.index {
				first, name = o, partition
			}
		}
		delete(s.open, name)
		if err := s.finish(first); err != nil {
			return err
		}
	}
	return nil
}

// abandon closes all files after an error.
func (s *objectSet) abandon() {
	for _, o := range s.open {
		if o.file != nil {
			o.file.abandon()
		}
	}
}
