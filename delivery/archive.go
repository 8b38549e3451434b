package delivery

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

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
	zip   *gzip.Writer // nil: entries are plain text
	holds buffer.Counts
	rows  traces
}

// plainArchive is the size in bytes from which on an object of the archive is
// compressed: entries of small records are many times as large as these, and
// alike.
const plainArchive = 16 << 20

// write adds entries.
func (f *archiveFile) write(lines []byte) error {
	if f.zip != nil {
		_, err := f.zip.Write(lines)
		return err
	}
	_, err := f.Write(lines)
	return err
}

// compress goes on in a compressed file in place of the plain one.
func (f *archiveFile) compress(st staging) error {
	plain := f.stagedFile
	if err := plain.w.Flush(); err != nil {
		return err
	}
	staged, err := createStaged(st, plain.name+gzipExtension)
	if err != nil {
		return err
	}
	f.stagedFile = staged
	if f.zip, err = gzip.NewWriterLevel(staged, gzip.BestSpeed); err != nil {
		return err
	}
	if _, err := io.Copy(f.zip, io.NewSectionReader(plain.f, 0, plain.size)); err != nil {
		return err
	}
	plain.abandon()
	return st.fs.Remove(path.Join(st.dir, plain.name))
}

// finish makes the entries durable.
func (f *archiveFile) finish() error {
	if f.zip != nil {
		if err := f.zip.Close(); err != nil {
			return err
		}
	}
	return f.stagedFile.finish()
}

// extension is what the file's name has behind that of plain entries.
func (f *archiveFile) extension() string {
	if f.zip != nil {
		return gzipExtension
	}
	return ""
}

const gzipExtension = ".gz"

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
	err := f.write(a.line)
	if err == nil && f.zip == nil && f.size > plainArchive {
		err = f.compress(a.st)
	}
	if err != nil {
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
		if err := f.finish(); err != nil {
			return nil, err
		}
		id := derivedID(a.info.ID, kind+a.label)
		key, err := a.r.errorPrefix.Key(destinations.Values{Time: a.info.First, ErrorType: kind, ID: id},
			a.r.config.Name, a.r.version, a.r.errorExtension+f.extension())
		if err != nil {
			return nil, err
		}
		planned := f.planned()
		planned.Key, planned.Holds, planned.ContentType = key, f.holds, "application/x-ndjson"
		if f.zip != nil {
			planned.ContentType = "application/gzip"
		}
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
