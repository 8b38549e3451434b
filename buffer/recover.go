package buffer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A left is a segment file that an earlier process left behind.
type left struct {
	name  string
	seq   uint64
	size  int64
	known bool // its identity is
	identity
	foot *footer // nil: it is not sealed

	badHeader, badFooter bool // damaged, in a place where one is
}

// recover reads what is there before it changes anything, so that a file of a
// newer release leaves everything as it is.
func (l *Log) recover() error {
	if err := l.fs.MkdirAll(l.dir); err != nil {
		return err
	}
	names, err := l.fs.ReadDir(l.dir)
	if err != nil {
		return err
	}
	if l.ledger, err = readLedger(l.fs, l.dir); err != nil {
		return err
	}
	files, err := inspectAll(l.fs, l.dir, names)
	if err != nil {
		return err
	}
	if err := l.resume(files); err != nil {
		return err
	}
	if err := l.removeTemps(names); err != nil {
		return err
	}
	return l.recoverSegments(files)
}

// inspectAll reads the header and the footer of each segment among names.
func inspectAll(fs FS, dir string, names []string) ([]left, error) {
	var files []left
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, segmentSuffix)
		seq, err := strconv.ParseUint(digits, 10, 63)
		if !ok || err != nil || segmentName(seq) != name {
			continue
		}
		f := left{name: name, seq: seq}
		if err := f.inspect(fs, dir); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b left) int { return cmp.Compare(a.seq, b.seq) })
	return files, nil
}

func (f *left) inspect(fs FS, dir string) error {
	file, err := fs.Open(path.Join(dir, f.name))
	if err != nil {
		return err
	}
	defer file.Close() // read only
	if f.size, err = file.Size(); err != nil {
		return err
	}
	var b [footerSize]byte
	if f.size >= headerSize {
		if _, err := file.ReadAt(b[:headerSize], 0); err != nil {
			return err
		}
		if err := f.readHeader(b[:headerSize]); err != nil {
			return err
		}
	}
	if f.size >= headerSize+footerSize {
		if _, err := file.ReadAt(b[:], f.size-footerSize); err != nil {
			return err
		}
		return f.readFooter(b[:])
	}
	return nil
}

func (f *left) readHeader(b []byte) error {
	id, err := getIdentity(b, headerMagic)
	if errors.Is(err, ErrVersion) {
		return err
	}
	if f.known = err == nil && id.seq == f.seq; f.known {
		f.identity = id
	}
	f.badHeader = !f.known
	return nil
}

// readFooter also takes the identity from the footer if the header is damaged.
func (f *left) readFooter(b []byte) error {
	foot, err := decodeFooter(b, f.size)
	if errors.Is(err, ErrVersion) {
		return err
	}
	if err != nil || foot.seq != f.seq || f.known && foot.identity != f.identity {
		f.badFooter = string(b[:len(footerMagic)]) == footerMagic
		return nil
	}
	f.known, f.identity, f.foot = true, foot.identity, &foot
	return nil
}

// resume goes on counting where the earlier process stopped, makes durable what
// the ledger says, and gives each consumer its row.
func (l *Log) resume(files []left) error {
	l.seq, l.lastID, l.lastTime = l.ledger.seq, l.ledger.id, l.ledger.last
	for _, f := range files {
		l.seq = max(l.seq, f.seq)
		l.lastTime = max(l.lastTime, f.first)
		if f.foot != nil {
			l.lastTime = max(l.lastTime, f.foot.last)
		}
		if string(f.id[:]) > string(l.lastID[:]) {
			l.lastID = f.id
		}
	}
	kept, err := l.fs.ReadDir(l.kept.dir)
	if err != nil {
		return err
	}
	for _, name := range kept { // a number is not used again even if only quarantine remembers it
		digits, _, _ := strings.Cut(name, "-")
		if seq, err := strconv.ParseUint(digits, 10, 63); err == nil {
			l.seq = max(l.seq, seq)
		}
	}
	l.ledger.dropMarks(files)
	for _, c := range l.order {
		c.row = l.ledger.row(c.name)
	}
	if len(files) > 0 && l.ledger.size == 0 {
		l.log.Warn("the ledger is missing; the account starts anew", "dir", l.dir)
	}
	return l.ledger.confirm()
}

// dropMarks forgets segments that are gone.
func (f *ledgerFile) dropMarks(files []left) {
	there := make(map[uint64]bool, len(files))
	for _, s := range files {
		there[s.seq] = true
	}
	for _, r := range f.rows {
		for seq := range r.marks {
			if !there[seq] {
				delete(r.marks, seq)
			}
		}
	}
}

func (l *Log) removeTemps(names []string) error {
	for _, name := range names {
		if strings.HasSuffix(name, tempSuffix) {
			if err := remove(l.fs, path.Join(l.dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// recoverSegments brings every segment into one of two states: sealed and
// pending for somebody, or gone.
func (l *Log) recoverSegments(files []left) error {
	if err := l.keys.load(); err != nil {
		return err
	}
	for i, f := range files {
		todo := l.todo(f.seq)
		if len(todo) == 0 { // the crash came between the ledger and the deletion
			if err := l.recoverDone(f); err != nil {
				return fmt.Errorf("recover %s: %w", f.name, err)
			}
			continue
		}
		s, err := l.recoverSegment(f, i == len(files)-1)
		if err != nil {
			return fmt.Errorf("recover %s: %w", f.name, err)
		}
		if s != nil {
			if err := l.keys.recover(s.name, s.foot); err != nil {
				return fmt.Errorf("recover %s: %w", f.name, err)
			}
			l.forceDisk(s.disk)
			l.addSegment(s, todo)
		}
	}
	l.deleteDone()
	return nil
}

// recoverDone notes a segment that all are done with. Its keys may not have
// been kept yet.
func (l *Log) recoverDone(f left) error {
	s := &Segment{name: f.name, foot: footer{identity: f.identity}}
	s.foot.seq = f.seq
	if f.foot != nil {
		s.foot = *f.foot
	}
	l.done = append(l.done, s)
	return l.keys.recover(s.name, s.foot)
}

// todo returns the consumers that have not done a segment.
func (l *Log) todo(seq uint64) []*Consumer {
	var todo []*Consumer
	for _, c := range l.order {
		if _, done := c.row.marks[seq]; !done {
			todo = append(todo, c)
		}
	}
	return todo
}

// recoverSegment returns the sealed segment that f is or becomes, or nil if it
// held nothing that was promised.
func (l *Log) recoverSegment(f left, newest bool) (*Segment, error) {
	s := &Segment{fs: l.fs, dir: l.dir, name: f.name, kept: l.kept, disk: f.size}
	if f.foot != nil && !newest {
		s.foot = *f.foot
		return s, nil
	}
	file, err := l.fs.Edit(path.Join(l.dir, f.name))
	if err != nil {
		return nil, err
	}
	defer file.Close() // what was written is synced
	switch {
	case f.foot != nil:
		// A process that was killed may have written this without syncing it.
		// What is handed out must not change when the power goes.
		s.foot = *f.foot
		return s, l.tolerateFull(file.Sync(), s.foot.id)
	case f.known:
		s.foot, err = l.reseal(f, file)
	default:
		s.foot, err = l.replaceLost(f, file)
	}
	if err != nil {
		return nil, err
	}
	if s.foot.records == 0 {
		return nil, remove(l.fs, path.Join(l.dir, f.name))
	}
	s.disk = s.foot.end + footerSize
	l.stats.Sealed++
	return s, nil
}

// reseal scans a segment that was open when the process ended, cuts it after
// its last good frame, and seals it. If the disk is too full for that, the
// segment ends there in memory, so that it can be delivered and make room.
func (l *Log) reseal(f left, file File) (footer, error) {
	foot, tail, err := f.scan(file, func(d found) { l.damaged(f, file, d) })
	if err != nil {
		return foot, err
	}
	l.lastTime = max(l.lastTime, foot.last)
	if tail != nil {
		l.log.Info("cut a torn tail", "segment", f.id, "offset", tail.off, "bytes", tail.size)
	}
	if tail != nil && tail.whole {
		_, err = l.keepFound(f, file, *tail, "the last frame is complete but does not match its checksum: "+
			"either the power went while it was written, and it was never acknowledged, or it was damaged later; "+
			"it was cut off and is not delivered")
	}
	if err == nil && foot.records > 0 {
		err = endFile(file, foot)
	}
	return foot, l.tolerateFull(err, f.id)
}

// tolerateFull swallows the error of a full disk: a log that does not open for
// it could not deliver and make room.
func (l *Log) tolerateFull(err error, id SegmentID) error {
	if err = full(err); errors.Is(err, ErrFull) {
		l.log.Warn("a segment could not be sealed on disk", "segment", id, "err", err)
		return nil
	}
	return err
}

// scan finds the good end of a segment that was not sealed, and tells of damage
// before it. tail is what lies behind it, if anything does.
func (f left) scan(file File, damaged func(found)) (foot footer, tail *found, err error) {
	s := newScanner(file, f.size, f.tag(), nil)
	defer s.w.release()
	foot = footer{identity: f.identity, last: f.first, end: headerSize}
	for {
		got, err := s.next()
		if errors.Is(err, io.EOF) {
			return foot, tail, nil
		}
		if err != nil {
			return foot, nil, err
		}
		if got.payload == nil {
			tail = &got
			continue
		}
		if tail != nil { // a good frame follows, so this was promised
			damaged(*tail)
			tail = nil
		}
		foot.last = max(foot.last, got.frame.arrival)
		foot.records, foot.bytes, foot.frames, foot.end = s.seen.Records, s.seen.Bytes, s.seen.frames, s.off
		foot.keyed = s.seen.keys
	}
}

// damaged puts a damaged place into quarantine. If that fails, reading the
// segment tries again and reports it.
func (l *Log) damaged(f left, file File, d found) {
	l.stats.Damaged++
	_, err := l.keepFound(f, file, d, "bytes of accepted records do not match their checksum; the readable rest is delivered")
	l.log.Error("a segment is damaged", "segment", f.id, "offset", d.off, "bytes", d.size,
		"records", d.lost.Records, "err", err)
}

func (l *Log) keepFound(f left, file File, d found, what string) (string, error) {
	return l.kept.keep(file, report{
		Segment: f.id, Seq: f.seq, File: f.name, Offset: d.off, Size: d.size, What: what,
		Records: d.lost.Records, Bytes: d.lost.Bytes, Found: time.Now().UTC(),
	})
}

// replaceLost handles a file whose header and footer are both damaged, so that
// nobody knows which batch it was. If frames show that it held records, it
// goes to quarantine whole, and a segment of a new identity takes its place
// that holds none and promises as many: reading it reports them as lost, and
// so the account stays whole.
func (l *Log) replaceLost(f left, file File) (footer, error) {
	empty, err := allZero(file, f.size)
	if err != nil || empty || f.size < headerSize {
		return footer{}, err // the power went before the first acknowledgement
	}
	foot, err := l.countLost(f, file)
	if err != nil {
		return foot, err
	}
	l.stats.Damaged++
	raw, err := l.keepFound(f, file, found{size: f.size, lost: Counts{foot.records, foot.bytes}},
		"header and footer of the segment are damaged, so its identity is lost and nothing of it is delivered")
	if err != nil {
		return foot, err
	}
	l.log.Error("a segment is damaged beyond recovery", "file", f.name, "raw", raw, "records", foot.records)
	if foot.records == 0 {
		return foot, nil
	}
	return foot, replace(l.fs, l.dir, f.name, func(w io.Writer) error {
		_, err := w.Write(append(foot.header(), foot.encode()...))
		return err
	})
}

// countLost counts the records of a segment that has lost its identity, and
// makes it a new one.
func (l *Log) countLost(f left, file File) (footer, error) {
	s := newScanner(file, f.size, 0, nil)
	defer s.w.release()
	foot := footer{identity: identity{seq: f.seq}, end: headerSize}
	first, ok, err := s.anyTag()
	if err != nil || !ok {
		return foot, err
	}
	for err == nil {
		_, err = s.next()
	}
	if !errors.Is(err, io.EOF) {
		return foot, err
	}
	foot.records, foot.bytes = s.seen.Records, s.seen.Bytes
	l.lastTime = max(l.lastTime, first.arrival)
	foot.first, foot.last = first.arrival, first.arrival
	l.lastID = l.lastID.next(time.Unix(0, first.arrival))
	foot.id = l.lastID
	return foot, nil
}

func allZero(r io.ReaderAt, size int64) (bool, error) {
	b := make([]byte, 64<<10)
	zero := make([]byte, len(b))
	for off := int64(0); off < size; off += int64(len(b)) {
		n := int(min(int64(len(b)), size-off))
		if _, err := r.ReadAt(b[:n], off); err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if !bytes.Equal(b[:n], zero[:n]) {
			return false, nil
		}
	}
	return true, nil
}
