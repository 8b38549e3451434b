package main

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hydrant/buffer"
	"hydrant/cmd/hydrant/internal/term"
)

// segmentsCmd is hydrant segments.
type segmentsCmd struct {
	Ls     segmentsLsCmd     `cmd:"" help:"List the segments."`
	Cat    segmentsCatCmd    `cmd:"" help:"Print the records."`
	Check  segmentsCheckCmd  `cmd:"" help:"Find every kind of damage, and say what it affects."`
	Export segmentsExportCmd `cmd:"" help:"Write the records to a file."`
}

// Help says what it works on and gives examples.
func (segmentsCmd) Help() string {
	return `Looks into a data directory: accepted records that are not delivered yet, in segments. It only reads, and takes
no lock: a daemon may be running on the directory.

Examples:

  hydrant segments ls -c hydrant.hcl
  hydrant segments check --data-dir /var/lib/hydrant
  hydrant segments export clicks --data-dir /var/lib/hydrant --output clicks.ndjson`
}

// dataFlags say which streams of which data directory are meant.
type dataFlags struct {
	configFlags
	DataDir string `placeholder:"DIR" help:"The data directory, instead of that of a configuration."`
	Stream  string `arg:"" optional:"" help:"Name of a stream; without it, all that are in the data directory."`
}

// A storedStream is a stream's directory.
type storedStream struct {
	name, dir string
}

// streams returns the streams that are meant.
func (f dataFlags) streams(std stdio) ([]storedStream, error) {
	dir := f.DataDir
	if dir == "" {
		if len(f.Config) == 0 {
			return nil, &exitError{exitUsage, errors.New("no data directory given: name it with --data-dir, or a configuration with -c")}
		}
		cfg, err := f.load(std)
		if err != nil {
			return nil, err
		}
		dir = cfg.Server.DataDir
	}
	parent := path.Join(filepath.ToSlash(dir), "streams")
	names, err := buffer.RealFS().ReadDir(parent)
	if err != nil {
		return nil, err
	}
	if f.Stream != "" {
		if !slices.Contains(names, f.Stream) {
			return nil, fmt.Errorf("%s holds no stream %q; it holds: %s", dir, f.Stream, strings.Join(names, ", "))
		}
		names = []string{f.Stream}
	}
	var all []storedStream
	for _, name := range names {
		all = append(all, storedStream{name, path.Join(parent, name)})
	}
	return all, nil
}

// segments returns a stream's segments and its ledger; a ledger that can't be
// read is no reason to show nothing.
func (s storedStream) segments() ([]buffer.StoredSegment, buffer.StoredLedger, error) {
	log := path.Join(s.dir, "log")
	ledger, err := buffer.InspectLedger(buffer.RealFS(), log)
	if err != nil && !errors.Is(err, buffer.ErrCorrupt) {
		return nil, ledger, err
	}
	all, err := buffer.Inspect(buffer.RealFS(), log)
	slices.SortFunc(all, func(a, b buffer.StoredSegment) int { return cmp.Compare(a.Info().Seq, b.Info().Seq) })
	return all, ledger, err
}

// segmentsLsCmd is hydrant segments ls.
type segmentsLsCmd struct {
	dataFlags
	JSON bool `name:"json" help:"Print JSON."`
}

// A segmentRow is one line of ls.
type segmentRow struct {
	Stream  string    `json:"stream"`
	Seq     uint64    `json:"seq"`
	ID      string    `json:"id"`
	State   string    `json:"state"` // open, sealed, done, lost
	First   time.Time `json:"first"`
	Records int64     `json:"records"`
	Bytes   int64     `json:"bytes"`
	File    string    `json:"file"`
	Size    int64     `json:"file_bytes"`
	Torn    int64     `json:"torn_bytes"`
}

func rowOf(stream string, s buffer.StoredSegment, ledger buffer.StoredLedger) segmentRow {
	info := s.Info()
	row := segmentRow{
		Stream: stream, Seq: info.Seq, ID: info.ID.String(), State: "open", First: info.First,
		Records: info.Records, Bytes: info.Bytes, File: s.Path, Size: s.Size, Torn: s.Torn,
	}
	switch {
	case s.Lost:
		row.State = "lost"
	case ledger.Done(info.Seq):
		row.State = "done"
	case s.Sealed:
		row.State = "sealed"
	}
	return row
}

// Run lists the segments.
func (c *segmentsLsCmd) Run(std stdio) error {
	streams, err := c.streams(std)
	if err != nil {
		return err
	}
	rows := []segmentRow{}
	for _, st := range streams {
		all, ledger, err := st.segments()
		if err != nil {
			return err
		}
		for _, s := range all {
			rows = append(rows, rowOf(st.name, s, ledger))
		}
	}
	if c.JSON {
		return writeJSON(std.out, map[string]any{"segments": rows})
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(std.out, "no segments: nothing is pending")
		return err
	}
	colour := term.Colours(std.out)
	t := term.Table{
		Head:  strings.Split("STREAM,SEQ,ID,STATE,FIRST,RECORDS,BYTES,AGE", ","),
		Right: map[int]bool{1: true, 5: true, 6: true, 7: true},
		Mark: func(row, _ int, cell string) string {
			if row < 0 {
				return colour.Bold(cell)
			}
			return cell
		},
	}
	for _, r := range rows {
		first, age := "-", "-"
		if r.State != "lost" && r.Records > 0 {
			first, age = r.First.Format(time.DateTime), term.Duration(time.Since(r.First))
		}
		t.Add(term.Plain(r.Stream), strconv.FormatUint(r.Seq, 10), r.ID, r.State, first, term.Count(r.Records), term.Bytes(r.Bytes), age)
	}
	return t.WriteTo(std.out, "")
}
