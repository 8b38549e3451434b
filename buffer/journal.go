package buffer

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Journal is a directory of append-only files that forgets: entries that are
// too old, and the oldest when there are too many. It holds what is worth
// knowing for a while and lost without harm, such as keys and receipts. It is
// safe for concurrent use.
//
//	file                           entry
//	 0  magic "HydrJrn\n"           0  payload length, 4
//	 8  format version, 4           4  CRC-32C of 8.., 4
//	12  CRC-32C of 0..11            8  time, unix ns, 8
//	                               16  payload
//
// A process never appends to a file of an earlier one, nor to a file in which a
// write failed. What is no whole entry ends a file.
type Journal struct {
	fs  FS
	dir string

	mu      sync.Mutex
	limits  JournalLimits
	files   []journalFile // the oldest first
	current File          // the last of files; nil: the next append makes one
}

// JournalLimits say what a journal keeps.
type JournalLimits struct {
	MaxAge   time.Duration // of an entry; a file is deleted when its newest is older
	MaxBytes int64         // of all files
}

type journalFile struct {
	seq    uint64
	size   int64
	newest int64 // unix ns
}

const (
	journalMagic   = "HydrJrn\n"
	journalVersion = 1
	journalHeader  = 16
	entryHeader    = 16
	journalSuffix  = ".journal"
	maxEntry       = 64 << 20 // bytes
)

func journalName(seq uint64) string { return fmt.Sprintf("%020d%s", seq, journalSuffix) }

// OpenJournal opens the journal in dir, which need not exist, and deletes what
// is beyond the limits.
func OpenJournal(fs FS, dir string, limits JournalLimits) (*Journal, error) {
	j := &Journal{fs: fs, dir: dir, limits: limits}
	seqs, err := journalFiles(fs, dir)
	if err != nil {
		return nil, fmt.Errorf("buffer: journal %s: %w", dir, err)
	}
	for _, seq := range seqs {
		f := journalFile{seq: seq}
		if f.size, err = readJournalFile(fs, dir, seq, func(at int64, _ func() ([]byte, error)) error {
			f.newest = max(f.newest, at)
			return nil
		}); err != nil {
			return nil, fmt.Errorf("buffer: journal %s: %w", dir, err)
		}
		j.files = append(j.files, f)
	}
	j.expire(time.Now())
	return j, nil
}

func journalFiles(fs FS, dir string) ([]uint64, error) {
	names, err := fs.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var seqs []uint64
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, journalSuffix)
		if seq, err := strconv.ParseUint(digits, 10, 63); ok && err == nil && journalName(seq) == name {
			seqs = append(seqs, seq)
		}
	}
	slices.SortFunc(seqs, cmp.Compare[uint64])
	return seqs, nil
}

// SetLimits changes the limits; they apply at once.
func (j *Journal) SetLimits(limits JournalLimits) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.limits = limits
	j.expire(time.Now())
}

// Append adds an entry of the given time. It is durable when Append returns
// nil. After an error it may come back all the same.
func (j *Journal) Append(at time.Time, payload []byte) error {
	if len(payload) > maxEntry {
		return fmt.Errorf("buffer: journal %s: an entry of %d bytes is too large", j.dir, len(payload))
	}
	b := make([]byte, entryHeader, entryHeader+len(payload))
	binary.LittleEndian.PutUint32(b, uint32(len(payload)))
	binary.LittleEndian.PutUint64(b[8:], uint64(at.UnixNano()))
	b = append(b, payload...)
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))

	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.write(b, at.UnixNano()); err != nil {
		return fmt.Errorf("buffer: journal %s: %w", j.dir, full(err))
	}
	j.expire(time.Now())
	return nil
}

func (j *Journal) write(b []byte, at int64) error {
	if j.current != nil {
		if last := j.files[len(j.files)-1]; last.size+int64(len(b)) > max(j.limits.MaxBytes/8, 64<<10) {
			j.endCurrent()
		}
	}
	fresh := j.current == nil
	if fresh {
		if err := j.create(); err != nil {
			return err
		}
	}
	f := &j.files[len(j.files)-1]
	if fresh {
		b = append(journalHead(), b...)
	}
	_, err := j.current.Write(b)
	if err == nil {
		err = j.current.Sync()
	}
	if err == nil && fresh {
		err = j.fs.SyncDir(j.dir)
	}
	f.size, f.newest = f.size+int64(len(b)), max(f.newest, at)
	if err != nil {
		j.endCurrent() // nobody knows what it holds
	}
	return err
}

func journalHead() []byte {
	head := append(make([]byte, 0, journalHeader), journalMagic...)
	head = binary.LittleEndian.AppendUint32(head, journalVersion)
	return binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
}

func (j *Journal) create() error {
	if err := j.fs.MkdirAll(j.dir); err != nil {
		return err
	}
	seq := uint64(1)
	if n := len(j.files); n > 0 {
		seq = j.files[n-1].seq + 1
	}
	f, err := j.fs.Create(path.Join(j.dir, journalName(seq)))
	if err != nil {
		return err
	}
	j.files, j.current = append(j.files, journalFile{seq: seq}), f
	return nil
}

// endCurrent closes the file that takes appends. What was acknowledged in it
// is synced already.
func (j *Journal) endCurrent() {
	if j.current != nil {
		_ = j.current.Close()
		j.current = nil
	}
}

// expire deletes the oldest files as long as the limits want it. One that
// can't be deleted stays until the next time.
func (j *Journal) expire(now time.Time) {
	for len(j.files) > 0 && (len(j.files) > 1 || j.current == nil) {
		var size int64
		for _, f := range j.files {
			size += f.size
		}
		oldest := j.files[0]
		if size <= j.limits.MaxBytes && oldest.newest >= now.Add(-j.limits.MaxAge).UnixNano() {
			return
		}
		if remove(j.fs, path.Join(j.dir, journalName(oldest.seq))) != nil {
			return
		}
		if len(j.files) == 1 {
			j.files = []journalFile{{seq: oldest.seq}} // its number is not used again
			return
		}
		j.files = j.files[1:]
	}
}

// Size returns the bytes of all files.
func (j *Journal) Size() (n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		n += f.size
	}
	return n
}

// Close ends the journal. Everything that was appended is durable already.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.endCurrent()
	return nil
}

// ReadJournal calls each for every entry of the journal in dir, the oldest
// first. payload reads and checks the entry's bytes; what is not asked for is
// not read. A payload that does not match its checksum ends the file. Nothing
// is changed, and a process that appends meanwhile does not matter.
func ReadJournal(fs FS, dir string, each func(at time.Time, payload func() ([]byte, error)) error) error {
	seqs, err := journalFiles(fs, dir)
	if err != nil {
		return fmt.Errorf("buffer: journal %s: %w", dir, err)
	}
	for _, seq := range seqs {
		_, err := readJournalFile(fs, dir, seq, func(at int64, payload func() ([]byte, error)) error {
			return each(time.Unix(0, at).UTC(), payload)
		})
		if err != nil {
			return fmt.Errorf("buffer: journal %s: %w", dir, err)
		}
	}
	return nil
}

// errEndOfFile is that the rest of a file is no entry.
var errEndOfFile = errors.New("no whole entry")

func readJournalFile(fsys FS, dir string, seq uint64, each func(at int64, payload func() ([]byte, error)) error) (int64, error) {
	f, err := fsys.Open(path.Join(dir, journalName(seq)))
	if err != nil {
		return 0, ifMissing(err)
	}
	defer f.Close() // read only
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	if err := checkJournalHead(f); err != nil {
		return size, ifEnd(err)
	}
	for off := int64(journalHeader); ; {
		var head [entryHeader]byte
		if off+entryHeader > size {
			return size, nil
		}
		if _, err := f.ReadAt(head[:], off); err != nil {
			return size, ifEnd(err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:]))
		if n > maxEntry || off+entryHeader+n > size {
			return size, nil
		}
		at := int64(binary.LittleEndian.Uint64(head[8:]))
		if err := each(at, func() ([]byte, error) { return readEntry(f, off, head) }); err != nil {
			return size, ifEnd(err)
		}
		off += entryHeader + n
	}
}

func checkJournalHead(f File) error {
	var head [journalHeader]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return err
	}
	if string(head[:8]) != journalMagic || crc32.Checksum(head[:12], castagnoli) != binary.LittleEndian.Uint32(head[12:]) {
		return errEndOfFile
	}
	if v := binary.LittleEndian.Uint32(head[8:]); v != journalVersion {
		return fmt.Errorf("format %d: %w", v, ErrVersion)
	}
	return nil
}

func readEntry(f File, off int64, head [entryHeader]byte) ([]byte, error) {
	payload := make([]byte, binary.LittleEndian.Uint32(head[:]))
	if _, err := f.ReadAt(payload, off+entryHeader); err != nil {
		return nil, err
	}
	sum := crc32.Update(crc32.Checksum(head[8:], castagnoli), castagnoli, payload)
	if sum != binary.LittleEndian.Uint32(head[4:]) {
		return nil, errEndOfFile
	}
	return payload, nil
}

func ifEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, errEndOfFile) {
		return nil
	}
	return err
}
