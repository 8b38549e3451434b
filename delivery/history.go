package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"hydrant/buffer"
	"hydrant/configs"
)

const historyFile = "stream.json"

// A history is what a stream remembers of its configurations: the version
// number is a part of object names, as in Firehose.
type history struct {
	Version     int       `json:"version"` // counts up with each change of what objects look like, from 1
	Fingerprint string    `json:"fingerprint"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"` // of Version; zero until the first change
}

// loadHistory returns the stream's history with the configuration c in it,
// saved if c is new.
func loadHistory(fsys buffer.FS, dir string, c configs.Stream) (history, error) {
	var h history
	// A crash may have left a file that did not come to replace the other.
	if err := fsys.Remove(path.Join(dir, historyFile+".tmp")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return h, err
	}
	f, err := fsys.Open(path.Join(dir, historyFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return h, err
	default:
		data, err := readAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return h, err
		}
		if err := json.Unmarshal(data, &h); err != nil {
			return h, fmt.Errorf("%s in %s is damaged; delete it to begin again with version 1: %w", historyFile, dir, err)
		}
	}
	next := h.with(c, time.Now())
	if next == h {
		return h, nil
	}
	return next, next.save(fsys, dir)
}

// with returns the history after c came into force. It is h itself if c
// changes nothing.
func (h history) with(c configs.Stream, now time.Time) history {
	print := configs.Fingerprint(c)
	if print == h.Fingerprint {
		return h
	}
	h.Fingerprint = print
	h.Version++
	if h.Version == 1 {
		h.Created = now.UTC().Round(0)
	} else {
		h.Updated = now.UTC().Round(0)
	}
	return h
}

func (h history) save(fsys buffer.FS, dir string) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return writeDurably(fsys, dir, historyFile, data)
}
