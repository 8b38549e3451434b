package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"hydrant/buffer"
)

// segmentsCatCmd is hydrant segments cat.
type segmentsCatCmd struct {
	dataFlags
	Segment string `placeholder:"ID" help:"Only the segment of this id or number."`
	All     bool   `help:"Also segments that are done and not deleted yet."`
	JSON    bool   `name:"json" help:"One JSON object a record: its id, arrival, stream and data in base64."`
}

// A catRecord is one line of cat --json.
type catRecord struct {
	Stream  string    `json:"stream"`
	ID      string    `json:"id"`
	Arrival time.Time `json:"arrival"`
	Data    []byte    `json:"data"` // base64
}

// Run prints the records as lines.
func (c *segmentsCatCmd) Run(std stdio) error {
	return c.copy(std, std.out, c.JSON)
}

// copy writes the records to out. It tells damage at the end, and leaves out
// nothing that can be read.
func (c *segmentsCatCmd) copy(std stdio, out io.Writer, asJSON bool) error {
	streams, err := c.streams(std)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 64<<10)
	var lost int64
	for _, st := range streams {
		all, ledger, err := st.segments()
		if err != nil {
			return err
		}
		for _, s := range all {
			row := rowOf(st.name, s, ledger)
			if c.Segment != "" && c.Segment != row.ID && c.Segment != fmt.Sprint(row.Seq) || row.State == "done" && !c.All {
				continue
			}
			n, err := copySegment(w, st.name, s, asJSON)
			if lost += n; err != nil {
				return err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if lost > 0 {
		return &exitError{exitPartial, fmt.Errorf("%d records are damaged and were left out: see hydrant segments check", lost)}
	}
	return nil
}

// copySegment writes one segment's records and returns how many are damaged.
func copySegment(w *bufio.Writer, stream string, s buffer.StoredSegment, asJSON bool) (lost int64, err error) {
	r, err := s.Reader()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // delivered meanwhile
	}
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for {
		records, err := r.Next()
		if damage, ok := errors.AsType[*buffer.DamageError](err); ok {
			lost += damage.Records
			continue
		}
		if err == io.EOF {
			return lost, nil
		}
		if err != nil {
			return lost, err
		}
		for _, rec := range records {
			if err := writeRecord(w, stream, rec, asJSON); err != nil {
				return lost, err
			}
		}
	}
}

func writeRecord(w *bufio.Writer, stream string, rec buffer.Record, asJSON bool) error {
	line := rec.Data
	if asJSON {
		var err error
		if line, err = json.Marshal(catRecord{stream, rec.ID.String(), rec.Arrival, rec.Data}); err != nil {
			return err
		}
	}
	if _, err := w.Write(line); err != nil {
		return err
	}
	return w.WriteByte('\n')
}

// segmentsExportCmd is hydrant segments export.
type segmentsExportCmd struct {
	segmentsCatCmd
	Output string `short:"o" required:"" placeholder:"FILE" help:"File to write, which must not exist; - is standard output."`
}

// Run writes the records to the file, durably.
func (c *segmentsExportCmd) Run(std stdio) error {
	if c.Output == "-" {
		return c.copy(std, std.out, c.JSON)
	}
	f, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = c.copy(std, f, c.JSON)
	return errors.Join(err, f.Sync(), f.Close())
}
