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
	"slices"

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

// An object is one of a batch's objects while rows are added to it.
type object struct {
	index int
	enc   formats.Encoder
	begin int64 // offset in the staged file
	holds buffer.Counts
	rows  traces // for the receipt
}

// A pack is the staged file that the objects of a batch are written to, one
// after the other: however many they are, they cost one file, one fsync and
// the memory of one encoder.
type pack struct {
	st      staging
	name    string
	shared  bool // there may be several objects
	discard bool // encode only to learn which rows fail; write nothing

	file    *stagedFile // nil: nothing was written yet
	current *object
	enc     formats.Encoder // of the last object, for the next one like it
	options formats.Options // of enc
	objects []plannedFile
}

// begin starts the next object.
func (k *pack) begin(index int, o formats.Options) (*object, error) {
	var w io.Writer = io.Discard
	var err error
	obj := &object{index: index}
	if !k.discard {
		if k.file == nil {
			if k.file, err = createStaged(k.st, k.name); err != nil {
				return nil, err
			}
		}
		k.file.sum.Reset()
		obj.begin = k.file.size
		w = k.file
	}
	if obj.enc, err = k.encoder(o, w); err != nil {
		return nil, fmt.Errorf("delivery: encode: %w", err)
	}
	k.current = obj
	return obj, nil
}

// encoder returns one that writes to w, if possible in the memory of the last.
func (k *pack) encoder(o formats.Options, w io.Writer) (formats.Encoder, error) {
	reuser, ok := k.enc.(formats.Reuser)
	if ok && slices.Equal(o.Fields, k.options.Fields) { // the rest comes from the configuration
		return k.enc, reuser.Reset(o.ObjectName, w)
	}
	k.enc, k.options = nil, o
	return formats.New(o, w)
}

// close completes the bytes of an object, and keeps the encoder if others may
// follow.
func (k *pack) close(o *object) error {
	reuser, ok := o.enc.(formats.Reuser)
	if !ok || !k.shared {
		return o.enc.Close()
	}
	err := reuser.Finish()
	if err == nil {
		k.enc = o.enc
	}
	return err
}

// end completes the object under way. One without rows is none.
func (k *pack) end(key, contentType string) error {
	o := k.current
	k.current = nil
	if err := k.close(o); err != nil {
		return fmt.Errorf("delivery: encode: %w", err)
	}
	if k.discard {
		return nil
	}
	if err := k.file.w.Flush(); err != nil {
		return fmt.Errorf("delivery: stage %s: %w", k.name, err)
	}
	if o.enc.Rows() == 0 {
		return nil
	}
	f := k.file.planned()
	f.Index, f.Key, f.Holds, f.ContentType = o.index, key, o.holds, contentType
	f.Rows = o.rows.finish()
	f.Offset, f.Size, f.Part = o.begin, k.file.size-o.begin, k.shared
	k.objects = append(k.objects, f)
	return nil
}

// finish makes all objects durable.
func (k *pack) finish() error {
	if k.file == nil {
		return nil
	}
	f := k.file
	k.file = nil
	if err := f.finish(); err != nil {
		return err
	}
	if len(k.objects) == 0 {
		return k.st.fs.Remove(path.Join(k.st.dir, k.name))
	}
	return nil
}

// abandon closes the file after an error.
func (k *pack) abandon() {
	if k.file != nil {
		k.file.abandon()
	}
}
