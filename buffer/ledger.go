package buffer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"slices"
)

const (
	ledgerName    = "ledger"
	ledgerVersion = 1
	maxLine       = 64 << 10 // bytes; longer lines are not ours
)

// compactLedger is the size in bytes beyond which the ledger is rewritten.
const compactLedger = 1 << 20

// The kinds of line in a ledger.
const (
	lineStart = "start" // first: version, and the newest segment that was ever done
	lineTotal = "total" // of a consumer up to here
	lineMark  = "mark"  // a segment that counts in a total and may still have its file
	lineDone  = "done"  // a consumer's outcome of a segment

	lineSettle = "settle" // what became of records that a consumer had forwarded
	lineAdopt  = "adopt"  // records that a consumer holds and the account did not know
)

// A line of the ledger: eight hexadecimal digits of CRC-32C, a space, and this
// as JSON.
type line struct {
	Kind     string    `json:"kind"`
	Version  int       `json:"version,omitempty"`
	Lines    int       `json:"lines,omitempty"` // written with the start line, itself included
	Consumer string    `json:"consumer,omitempty"`
	Seq      uint64    `json:"seq"`
	Segment  SegmentID `json:"segment"`
	Last     int64     `json:"last,omitempty"` // newest arrival, unix ns
	Cut      uint64    `json:"cut,omitempty"`  // newest settled one
	Outcome  *Outcome  `json:"outcome,omitempty"`
}

func (n line) append(b []byte) ([]byte, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(b, "%08x %s\n", crc32.Checksum(text, castagnoli), text), nil
}

// parseLine reads a line with its line feed.
func parseLine(b []byte) (line, bool) {
	var n line
	b, ok := bytes.CutSuffix(b, []byte("\n"))
	if !ok || len(b) < 9 || b[8] != ' ' || string(b[:8]) != fmt.Sprintf("%08x", crc32.Checksum(b[9:], castagnoli)) {
		return n, false
	}
	return n, json.Unmarshal(b[9:], &n) == nil
}

// A row is the account of one consumer.
type row struct {
	total Outcome             // Forwarded: what is not settled
	cut   uint64              // newest that was settled
	marks map[uint64]struct{} // segments in total whose files may still be there
}

// A ledgerFile is the ledger of a log and what it says. Its writer holds the
// log's ledgerMu. The rows are read under the log's mu and written under both.
type ledgerFile struct {
	fs   FS
	dir  string
	rows map[string]*row // also of consumers that are no more

	size   int64
	broken bool // a write failed: the file is replaced before it is trusted again
	seq    uint64
	id     SegmentID
	last   int64 // newest arrival in what is done
}

func (f *ledgerFile) row(consumer string) *row {
	r := f.rows[consumer]
	if r == nil {
		r = &row{marks: make(map[uint64]struct{})}
		f.rows[consumer] = r
	}
	return r
}

// forget drops the marks of a segment whose file is gone for good.
func (f *ledgerFile) forget(seq uint64) {
	for _, r := range f.rows {
		delete(r.marks, seq)
	}
}

// done makes an outcome durable.
func (f *ledgerFile) done(consumer string, s footer, o Outcome) error {
	return f.add(line{Kind: lineDone, Consumer: consumer, Seq: s.seq, Segment: s.id, Last: s.last, Outcome: &o})
}

// add makes a line durable.
func (f *ledgerFile) add(n line) error {
	if f.broken || f.size > compactLedger {
		if err := f.rewrite(n); err != nil {
			return err
		}
	} else if err := f.write(n); err != nil {
		f.broken = true
		return err
	}
	f.note(n)
	return nil
}

func (f *ledgerFile) note(n line) {
	f.seq, f.last = max(f.seq, n.Seq), max(f.last, n.Last)
	if string(n.Segment[:]) > string(f.id[:]) {
		f.id = n.Segment
	}
}

func (f *ledgerFile) write(n line) error {
	b, err := n.append(nil)
	if err != nil {
		return err
	}
	file, err := f.fs.Edit(path.Join(f.dir, ledgerName))
	if err != nil {
		return err
	}
	if _, err = file.Write(b); err == nil {
		err = file.Sync()
	}
	f.size += int64(len(b))
	return errors.Join(err, file.Close())
}

// rewrite replaces the file by a short one that says the same, and more.
func (f *ledgerFile) rewrite(more ...line) error {
	lines := append(f.snapshot(), more...)
	lines[0].Lines = len(lines)
	var size int64
	err := replace(f.fs, f.dir, ledgerName, func(w io.Writer) error {
		var b []byte
		for _, n := range lines {
			var err error
			if b, err = n.append(b[:0]); err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
			size += int64(len(b))
		}
		return nil
	})
	// After an error nobody knows which of the two files a crash leaves.
	f.broken = err != nil
	if err == nil {
		f.size = size
	}
	return err
}

// confirm makes durable what was read. A process that was killed may have left
// lines that were never synced, and segments must not be deleted because of
// them. It writes a new file, since a sync that failed once proves nothing when
// it succeeds later; only a full disk makes it trust the old one.
func (f *ledgerFile) confirm() error {
	err := full(f.rewrite())
	if !errors.Is(err, ErrFull) {
		return err
	}
	file, err := f.fs.Edit(path.Join(f.dir, ledgerName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it says nothing yet
	}
	if err != nil {
		return err
	}
	if err = file.Truncate(f.size); err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close(), f.fs.SyncDir(f.dir))
}

func (f *ledgerFile) snapshot() []line {
	lines := []line{{Kind: lineStart, Version: ledgerVersion, Seq: f.seq, Segment: f.id, Last: f.last}}
	for _, name := range sortedKeys(f.rows) {
		r := f.rows[name]
		lines = append(lines, line{Kind: lineTotal, Consumer: name, Cut: r.cut, Outcome: &r.total})
		for _, seq := range sortedKeys(r.marks) {
			lines = append(lines, line{Kind: lineMark, Consumer: name, Seq: seq})
		}
	}
	return lines
}

func sortedKeys[K interface{ ~string | ~uint64 }, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readLedger reads the ledger in dir and changes nothing. One that is missing,
// or whose last line is torn, is broken.
func readLedger(fsys FS, dir string) (*ledgerFile, error) {
	f := &ledgerFile{fs: fsys, dir: dir, rows: make(map[string]*row)}
	file, err := fsys.Open(path.Join(dir, ledgerName))
	if errors.Is(err, fs.ErrNotExist) {
		f.broken = true
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	return f, f.read(bufio.NewReaderSize(io.NewSectionReader(file, 0, size), maxLine))
}

// read reads lines up to the first that is torn.
func (f *ledgerFile) read(r *bufio.Reader) error {
	for count, promised := 0, 1; ; count++ {
		b, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(b) == 0 && count >= promised {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		n, ok := parseLine(b)
		if ok && (count == 0) != (n.Kind == lineStart) {
			ok = false
		}
		if !ok {
			return f.torn(r, count, promised)
		}
		if count == 0 {
			if n.Version != ledgerVersion {
				return fmt.Errorf("ledger format %d: %w", n.Version, ErrVersion)
			}
			promised = n.Lines
		}
		if err := f.apply(n, count); err != nil {
			return err
		}
		f.size += int64(len(b))
	}
}

// torn decides about a line that does not match its checksum. If it is the
// last, its Done never returned: the power went while it was written.
func (f *ledgerFile) torn(r *bufio.Reader, count, promised int) error {
	_, err := r.ReadByte()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err == nil || count < promised {
		return f.corrupt(count, "does not match its checksum")
	}
	f.broken = true
	return nil
}

func (f *ledgerFile) corrupt(count int, what string) error {
	return fmt.Errorf("%w: line %d of %s %s; restore the file, or move it away: the account then starts anew, "+
		"and segments that are still there are delivered again under the same names",
		ErrCorrupt, count+1, path.Join(f.dir, ledgerName), what)
}

// apply takes over what a line says.
func (f *ledgerFile) apply(n line, count int) error {
	f.note(n)
	if n.Kind == lineStart {
		return nil
	}
	r := f.row(n.Consumer)
	switch {
	case n.Kind == lineMark:
	case n.Outcome == nil:
		return f.corrupt(count, "has no outcome")
	case n.Kind == lineTotal:
		r.total, r.cut = r.total.plus(*n.Outcome), max(r.cut, n.Cut)
		return nil
	case n.Kind == lineSettle:
		r.settle(n.Cut, *n.Outcome)
		return nil
	case n.Kind == lineAdopt:
		r.total = r.total.plus(*n.Outcome)
		return nil
	case n.Kind == lineDone:
		r.total = r.total.plus(*n.Outcome)
	default:
		return f.corrupt(count, fmt.Sprintf("is of the unknown kind %q", n.Kind))
	}
	r.marks[n.Seq] = struct{}{}
	return nil
}
