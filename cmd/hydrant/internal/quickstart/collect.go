package quickstart

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"hydrant/cmd/hydrant/internal/daemon"
	"hydrant/errorsink"
)

// An archived row, as the error sink keeps it.
type archived struct {
	Object  string `json:"object"`
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Column  string `json:"column,omitempty"`
	Raw     string `json:"raw"`
}

// How many rows and archived entries are shown.
const (
	sampleRows = 5
	maxEntries = 20
)

// look notes what is in the stores before anything is sent.
func (r *Report) look() error {
	r.before = make(map[string][]object)
	for _, dir := range r.dirs() {
		objects, err := list(dir)
		if err != nil {
			return err
		}
		r.before[dir] = objects
	}
	return nil
}

// dirs returns the directories that the stream writes to.
func (r *Report) dirs() []string {
	var dirs []string
	for _, store := range r.stores() {
		if store != "" {
			dirs = append(dirs, store)
		}
	}
	return dirs
}

// stores returns the directories of destination and error sink, "" for what is
// no directory.
func (r *Report) stores() [2]string {
	lake, _ := storeDir(r.stream.Destination)
	errs, _ := storeDir(r.stream.ErrorSink)
	return [2]string{lake, errs}
}

// collect reads back what was delivered and archived, and the ledger.
func (r *Report) collect(d *daemon.Daemon) error {
	for _, s := range d.Status().Streams {
		if s.Name == streamName {
			r.Ledger = s.Records
		}
	}
	stores := r.stores()
	if lake := stores[0]; lake != "" {
		all, err := list(lake)
		if err != nil {
			return err
		}
		r.Before = len(r.before[lake])
		r.Objects = without(all, r.before[lake])
		if err := r.readBack(lake); err != nil {
			return err
		}
	}
	if stores[1] == "" {
		return nil
	}
	return r.readErrors(stores[1])
}

// readBack reads the largest new object, if it is Parquet.
func (r *Report) readBack(lake string) error {
	if len(r.Objects) == 0 || r.stream.Format.Kind != "parquet" {
		return nil
	}
	largest := slices.MaxFunc(r.Objects, func(a, b object) int { return int(a.Bytes - b.Bytes) })
	s, err := readParquet(filepath.Join(lake, filepath.FromSlash(largest.Key)), sampleRows)
	if err != nil {
		return err
	}
	s.Object, r.Sample = largest.Key, s
	return nil
}

// readErrors reads the new entries of the error archive.
func (r *Report) readErrors(dir string) error {
	all, err := list(dir)
	if err != nil {
		return err
	}
	for _, o := range without(all, r.before[dir]) {
		if err := r.readErrorObject(dir, o.Key); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) readErrorObject(dir, key string) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(key)))
	if err != nil {
		return fmt.Errorf("quickstart: %w", err)
	}
	defer f.Close() // read only: nothing can be lost
	entries := errorsink.NewReader(f)
	for len(r.Archived) < maxEntries {
		e, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("quickstart: read %s: %w", key, err)
		}
		r.Archived = append(r.Archived, archived{key, e.Type, e.Code, e.Message, e.Column, string(e.Raw)})
	}
	return nil
}
