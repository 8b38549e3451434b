package partitions

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"hydrant/buffer"
)

// The sizes of the fixed parts of a run, in bytes.
const (
	headSize    = 24
	portionSize = 44
	extentSize  = 8
	footSize    = 88
)

const (
	runMagic   = "HydrRun\n"
	footMagic  = "HydrRuX\n"
	runVersion = 1
)

// extentBytes is where an extent ends, in bytes: what damage can take at once.
// One that holds a single large row is larger.
const extentBytes = 256 << 10

// maxIndex bounds what is read of an index, in bytes.
const maxIndex = 256 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = fmt.Errorf("partitions: checksum does not match: %w", buffer.ErrCorrupt)

// An index says where in a run the rows of each partition lie.
type index struct {
	parent   buffer.SegmentID
	number   uint32 // place among the runs of the parent
	base     int64  // arrival of the parent's first record, unix ns
	rules    Rules
	portions []portion
	extents  []extent // of all portions, one after the other
	holds    buffer.Counts
	data     int64 // bytes of rows, which begin after the head
	at       int64 // offset of the copy of the index that was read
}

// A portion is what one partition has in one run.
type portion struct {
	key   string
	off   int64 // of its first extent in the file
	first int64 // arrival of its oldest record, unix ns
	rows  int64
	bytes int64 // of records as they were accepted
	from  int   // its first extent
	n     int   // its extents
}

type extent struct {
	size uint32
	crc  uint32
}

// blockSize returns the length of the encoded index.
func blockSize(portions, extents, keys, rules int) int64 {
	return int64(portions)*portionSize + int64(extents)*extentSize + int64(keys) + int64(rules) + footSize
}

func head(block int64) []byte {
	b := make([]byte, headSize)
	copy(b, runMagic)
	binary.LittleEndian.PutUint32(b[8:], runVersion)
	binary.LittleEndian.PutUint64(b[12:], uint64(block))
	putSum(b)
	return b
}

func putSum(b []byte) {
	binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], castagnoli))
}

func sumOK(b []byte) bool {
	return binary.LittleEndian.Uint32(b[len(b)-4:]) == crc32.Checksum(b[:len(b)-4], castagnoli)
}

// encode returns the block: portions, extents, keys, rules, foot.
func (x *index) encode(rules []byte) []byte {
	le := binary.LittleEndian
	var b []byte
	keys := 0
	for i := range x.portions {
		p := &x.portions[i]
		at := len(b)
		b = le.AppendUint64(b, uint64(p.off))
		b = le.AppendUint64(b, uint64(p.first))
		b = le.AppendUint64(b, uint64(p.bytes))
		b = le.AppendUint32(b, uint32(p.rows))
		b = le.AppendUint32(b, uint32(p.from))
		b = le.AppendUint32(b, uint32(p.n))
		b = le.AppendUint32(b, uint32(len(p.key)))
		b = le.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
		keys += len(p.key)
	}
	for _, e := range x.extents {
		b = le.AppendUint32(b, e.size)
		b = le.AppendUint32(b, e.crc)
	}
	for i := range x.portions {
		b = append(b, x.portions[i].key...)
	}
	b = append(b, rules...)
	sum := crc32.Checksum(b, castagnoli)
	f := make([]byte, footSize)
	copy(f, footMagic)
	le.PutUint32(f[8:], runVersion)
	le.PutUint32(f[12:], x.number)
	copy(f[16:], x.parent[:])
	le.PutUint64(f[32:], uint64(x.base))
	le.PutUint32(f[40:], uint32(len(x.portions)))
	le.PutUint32(f[44:], uint32(len(x.extents)))
	le.PutUint32(f[48:], uint32(keys))
	le.PutUint32(f[52:], uint32(len(rules)))
	le.PutUint64(f[56:], uint64(x.holds.Records))
	le.PutUint64(f[64:], uint64(x.holds.Bytes))
	le.PutUint64(f[72:], uint64(x.data))
	le.PutUint32(f[80:], sum)
	putSum(f)
	return append(b, f...)
}

// readIndex reads the index of a run, from its second copy if the first is
// damaged.
func readIndex(f buffer.File) (*index, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	x, err := readIndexAt(f, size)
	if err == nil || !errors.Is(err, buffer.ErrCorrupt) {
		return x, err
	}
	b := make([]byte, headSize)
	if size < headSize {
		return nil, err
	}
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, err
	}
	block := int64(binary.LittleEndian.Uint64(b[12:]))
	if string(b[:8]) != runMagic || !sumOK(b) || block <= 0 || block > size/2 {
		return nil, err
	}
	return readIndexAt(f, size-block)
}

// readIndexAt reads the index that ends at end.
func readIndexAt(f io.ReaderAt, end int64) (*index, error) {
	le := binary.LittleEndian
	if end < headSize+footSize {
		return nil, errDamaged
	}
	foot := make([]byte, footSize)
	if _, err := f.ReadAt(foot, end-footSize); err != nil {
		return nil, err
	}
	if string(foot[:8]) != footMagic || !sumOK(foot) {
		return nil, errDamaged
	}
	if v := le.Uint32(foot[8:]); v != runVersion {
		return nil, fmt.Errorf("partitions: run format %d: %w", v, buffer.ErrVersion)
	}
	x := &index{
		number: le.Uint32(foot[12:]), parent: buffer.SegmentID(foot[16:32]), base: int64(le.Uint64(foot[32:])),
		holds: buffer.Counts{Records: int64(le.Uint64(foot[56:])), Bytes: int64(le.Uint64(foot[64:]))},
		data:  int64(le.Uint64(foot[72:])),
	}
	portions, extents := int(le.Uint32(foot[40:])), int(le.Uint32(foot[44:]))
	keys, rules := int(le.Uint32(foot[48:])), int(le.Uint32(foot[52:]))
	size := blockSize(portions, extents, keys, rules)
	if size > end-headSize || size > maxIndex {
		return nil, errDamaged
	}
	b := make([]byte, size-footSize)
	if _, err := f.ReadAt(b, end-size); err != nil {
		return nil, err
	}
	if crc32.Checksum(b, castagnoli) != le.Uint32(foot[80:]) {
		return nil, errDamaged
	}
	x.at = end - size
	return x, x.decode(b, portions, extents, keys)
}

// decode reads a portion but for its key, whose length it returns.
func (p *portion) decode(b []byte) (key int) {
	le := binary.LittleEndian
	*p = portion{
		off: int64(le.Uint64(b)), first: int64(le.Uint64(b[8:])), bytes: int64(le.Uint64(b[16:])),
		rows: int64(le.Uint32(b[24:])), from: int(le.Uint32(b[28:])), n: int(le.Uint32(b[32:])),
	}
	return int(le.Uint32(b[36:]))
}

func (x *index) decode(b []byte, portions, extents, keys int) error {
	le := binary.LittleEndian
	text := b[portions*portionSize+extents*extentSize:]
	names := text[:keys]
	if err := json.Unmarshal(text[keys:], &x.rules); err != nil {
		return fmt.Errorf("partitions: rules of a run: %w: %w", err, buffer.ErrCorrupt)
	}
	x.portions, x.extents = make([]portion, portions), make([]extent, extents)
	from := 0
	for i := range x.portions {
		p := &x.portions[i]
		size := p.decode(b[i*portionSize:])
		if size > len(names) || p.from != from || p.n > extents-from {
			return errDamaged
		}
		p.key, names = string(names[:size]), names[size:]
		from += p.n
	}
	for i := range x.extents {
		e := b[portions*portionSize+i*extentSize:]
		x.extents[i] = extent{le.Uint32(e), le.Uint32(e[4:])}
	}
	return nil
}
