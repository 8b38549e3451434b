package buffer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"time"
)

// A frameKey is a hash of what a producer calls a request.
type frameKey [16]byte

// SetKey gives the frame the key that its producer repeats when it sends the
// same records again: part tells the frames of one request apart. Append then
// stores the frame at most once within [KeyLimits.Window]. Reset takes the key
// away.
func (f *Frame) SetKey(key string, part int) {
	sum := sha256.Sum256(append(binary.AppendUvarint(nil, uint64(part)), key...))
	f.key, f.keyed = frameKey(sum[:16]), true
}

// digestOf returns the hash by which records are known that came with a key.
func digestOf(records []byte) [16]byte {
	sum := sha256.Sum256(records)
	return [16]byte(sum[:16])
}

// digest returns the hash of the records, which header has put beside the key.
func (f *Frame) digest() [16]byte { return [16]byte(f.buf[frameHeaderSize+len(f.key):]) }

// KeyLimits say which keys of frames a log remembers.
type KeyLimits struct {
	Window time.Duration // since the frame was accepted; 0: keys are not looked at
	Max    int           // keys; beyond it the oldest are forgotten
}

// keysDir is where the keys of segments are kept that are deleted.
const keysDir = "keys"

// A keyring remembers the frames with a key that were accepted lately. What
// proves that a frame was accepted is the frame itself, which holds its key;
// before a segment is deleted, its keys go to a journal.
type keyring struct {
	fs  FS
	dir string // of the log

	mu      sync.Mutex
	limits  KeyLimits
	known   map[frameKey]keyed
	order   []frameKey // of known, by age, from next on
	next    int
	of      map[SegmentID][]frameKey // by the segment that holds the frame, until it is deleted
	flying  map[frameKey]chan struct{}
	repeats int64
	journal *Journal
}

// keyed is one accepted frame.
type keyed struct {
	digest  [16]byte
	segment SegmentID
	offset  uint64
	arrival int64 // unix ns
}

func newKeyring(fs FS, dir string, limits KeyLimits) *keyring {
	return &keyring{
		fs: fs, dir: dir, limits: limits, known: make(map[frameKey]keyed),
		of: make(map[SegmentID][]frameKey), flying: make(map[frameKey]chan struct{}),
	}
}

func (l KeyLimits) journal() JournalLimits {
	return JournalLimits{MaxAge: l.Window, MaxBytes: max(int64(l.Max)*4*entryBytes, 1<<20)}
}

// on says whether keys are looked at.
func (k *keyring) on() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.limits.Window > 0 && k.limits.Max > 0
}

func (k *keyring) setLimits(limits KeyLimits) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.limits = limits
	if k.journal != nil {
		k.journal.SetLimits(limits.journal())
	}
	k.expire(time.Now())
}

// once runs do, which appends r, unless the same was accepted before or is
// being appended by somebody else: then that decides.
func (k *keyring) once(ctx context.Context, r *request, do func() error) (Position, error) {
	digest := r.frame.digest()
	for {
		flying, at, err := k.begin(r.frame.key, digest)
		if at.Repeat || err != nil {
			return at, err
		}
		if flying == nil {
			break
		}
		select {
		case <-flying:
		case <-ctx.Done():
			return Position{}, ctx.Err()
		}
	}
	err := do()
	k.end(r)
	return r.pos, err
}

// begin returns where the frame lies already, or what to wait for; neither
// means that the caller has to append it and call end.
func (k *keyring) begin(key frameKey, digest [16]byte) (flying chan struct{}, at Position, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire(time.Now())
	if found, ok := k.known[key]; ok {
		if found.digest != digest {
			return nil, at, fmt.Errorf("%w: they were accepted at %s", ErrKeyReused,
				time.Unix(0, found.arrival).UTC().Format(time.RFC3339))
		}
		k.repeats++
		return nil, Position{Segment: found.segment, Offset: found.offset, Repeat: true}, nil
	}
	if flying := k.flying[key]; flying != nil {
		return flying, at, nil
	}
	k.flying[key] = make(chan struct{})
	return nil, at, nil
}

// accepted remembers a frame that has just become durable, before its segment
// can be handed out and deleted.
func (k *keyring) accepted(r *request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.add(r.frame.key, keyed{r.frame.digest(), r.pos.Segment, r.pos.Offset, r.header.arrival})
	k.of[r.pos.Segment] = append(k.of[r.pos.Segment], r.frame.key)
}

// end lets those go on who wait for an append.
func (k *keyring) end(r *request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	close(k.flying[r.frame.key])
	delete(k.flying, r.frame.key)
}

// add remembers a frame. The caller holds mu.
func (k *keyring) add(key frameKey, frame keyed) {
	if _, twice := k.known[key]; !twice {
		k.order = append(k.order, key)
	}
	k.known[key] = frame
	k.expire(time.Now())
}

// expire forgets what is too old or too much. The caller holds mu.
func (k *keyring) expire(now time.Time) {
	limit := now.Add(-k.limits.Window).UnixNano()
	for k.next < len(k.order) {
		key := k.order[k.next]
		if len(k.known) <= k.limits.Max && k.known[key].arrival >= limit {
			break
		}
		delete(k.known, key)
		k.next++
	}
	if k.next > 1024 && k.next > len(k.order)/2 {
		k.order = append([]frameKey(nil), k.order[k.next:]...)
		k.next = 0
	}
}

// entryBytes is what a key takes in the journal: key, digest, offset, arrival.
const entryBytes = 16 + 16 + 8 + 8

// keep makes the keys of a segment durable beside it, so that it can be
// deleted.
func (k *keyring) keep(id SegmentID) error {
	b := k.encode(id)
	if b == nil {
		return nil
	}
	if err := k.journal.Append(time.Now(), b); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, id)
	return nil
}

// encode returns the entry of a segment, nil if it has no key that counts.
func (k *keyring) encode(id SegmentID) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire(time.Now())
	var b []byte
	for _, key := range k.of[id] {
		frame, ok := k.known[key]
		if !ok || frame.segment != id {
			continue
		}
		if b == nil {
			b = append(b, id[:]...)
		}
		b = append(append(b, key[:]...), frame.digest[:]...)
		b = binary.LittleEndian.AppendUint64(b, frame.offset)
		b = binary.LittleEndian.AppendUint64(b, uint64(frame.arrival))
	}
	if b == nil {
		delete(k.of, id)
	}
	return b
}

// load opens the journal and takes over what it holds.
func (k *keyring) load() (err error) {
	dir := path.Join(k.dir, keysDir)
	if k.journal, err = OpenJournal(k.fs, dir, k.limits.journal()); err != nil {
		return err
	}
	return ReadJournal(k.fs, dir, func(_ time.Time, payload func() ([]byte, error)) error {
		b, err := payload()
		if err != nil {
			return err
		}
		k.decode(b)
		return nil
	})
}

func (k *keyring) decode(b []byte) {
	if len(b) < 16 {
		return
	}
	id := SegmentID(b[:16])
	for b = b[16:]; len(b) >= entryBytes; b = b[entryBytes:] {
		k.add(frameKey(b[:16]), keyed{
			digest: [16]byte(b[16:32]), segment: id,
			offset: binary.LittleEndian.Uint64(b[32:]), arrival: int64(binary.LittleEndian.Uint64(b[40:])),
		})
	}
}

// recover takes over the keys of a segment that an earlier process left.
func (k *keyring) recover(name string, foot footer) error {
	if foot.keyed == 0 || k.limits.Window <= 0 || foot.last < time.Now().Add(-k.limits.Window).UnixNano() {
		return nil
	}
	file, err := k.fs.Open(path.Join(k.dir, name))
	if err != nil {
		return err
	}
	defer file.Close() // read only
	found := func(h frameHeader, off int64, key []byte) {
		frame := keyed{digest: [16]byte(key[16:]), segment: foot.id, offset: uint64(off), arrival: h.arrival}
		k.add(frameKey(key), frame)
		k.of[foot.id] = append(k.of[foot.id], frameKey(key))
	}
	whole, err := hop(file, foot, found)
	if err != nil || whole {
		return err
	}
	s := newScanner(file, foot.end, foot.tag(), nil)
	defer s.w.release()
	for {
		f, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(f.key) > 0 {
			found(f.frame, f.off, f.key)
		}
	}
}

// hopChunk is what is read at once of a segment of which only headers matter,
// in bytes.
const hopChunk = 16 << 10

// hop reads the keys of a segment without its records. It returns false when
// it met damage.
func hop(file File, foot footer, found func(h frameHeader, off int64, key []byte)) (whole bool, err error) {
	chunk, start := make([]byte, 0, hopChunk), int64(0)
	tag := foot.tag()
	for off := int64(headerSize); off < foot.end; {
		need := min(int64(frameRoom), foot.end-off)
		if off < start || off+need > start+int64(len(chunk)) {
			chunk, start = chunk[:min(hopChunk, foot.end-off)], off
			if _, err := file.ReadAt(chunk, off); err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
		}
		b := chunk[off-start:]
		h, ok := getFrame(b, off)
		if !ok || h.tag != tag || h.keyed && len(b) < frameRoom {
			return false, nil
		}
		if h.keyed {
			found(h, off, b[frameHeaderSize:frameRoom])
		}
		off += frameHeaderSize + int64(h.size)
	}
	return true, nil
}
