package delivery

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"hydrant/buffer"
	"hydrant/destinations"
	"hydrant/errorsink"
)

// An archive stages the entries for the error sink: one object for each type
// of failure, since the type can be a part of its prefix.
type archive struct {
	r     *recipe
	st    staging
	info  buffer.SegmentInfo
	label string // tells its files from those of an earlier plan of the segment
	files map[string]*archiveFile
	line  []byte
}

type archiveFile struct {
	*stagedFile
	holds buffer.Counts
	rows  traces
}

func newArchive(r *recipe, st staging, info buffer.SegmentInfo, label string) *archive {
	return &archive{r: r, st: st, info: info, label: label, files: make(map[string]*archiveFile)}
}

// add stages one entry, which accounts for holds.
func (a *archive) add(e errorsink.Entry, holds buffer.Counts) error {
	f := a.files[e.Type]
	if f == nil {
		staged, err := createStaged(a.st, "errors-"+e.Type+a.label+".ndjson")
		if err != nil {
			return err
		}
		f = &archiveFile{stagedFile: staged}
		a.files[e.Type] = f
	}
	e.Attempts, e.Ended = max(e.Attempts, 1), time.Now().UTC()
	a.line = errorsink.AppendEntry(a.line[:0], e)
	if _, err := f.Write(a.line); err != nil {
		return fmt.Errorf("delivery: stage %s: %w", f.name, err)
	}
	f.holds.Records += holds.Records
	f.holds.Bytes += holds.Bytes
	return nil
}

// finish makes all entries durable and names their objects.
func (a *archive) finish() ([]plannedFile, error) {
	var files []plannedFile
	for _, kind := range slices.Sorted(maps.Keys(a.files)) {
		f := a.files[kind]
		delete(a.files, kind)
		if err := f.stagedFile.finish(); err != nil {
			return nil, err
		}
		id := derivedID(a.info.ID, kind+a.label)
		key, err := a.r.errorPrefix.Key(destinations.Values{Time: a.info.First, ErrorType: kind, ID: id},
			a.r.config.Name, a.r.version, a.r.errorExtension)
		if err != nil {
			return nil, err
		}
		planned := f.planned()
		planned.Key, planned.Holds, planned.ContentType = key, f.holds, "application/x-ndjson"
		planned.Rows = f.rows.finish()
		files = append(files, planned)
	}
	return files, nil
}

// abandon closes all files after an error.
func (a *archive) abandon() {
	for _, f := range a.files {
		f.stagedFile.abandon()
	}
}
