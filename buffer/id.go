package buffer

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// String returns the canonical form: lower case, with dashes.
func (id SegmentID) String() string {
	b, _ := id.AppendText(make([]byte, 0, 36)) // has no error to return
	return string(b)
}

// AppendText appends what String returns. Its error is always nil.
func (id SegmentID) AppendText(b []byte) ([]byte, error) {
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		start := [...]int{0, 4, 6, 8, 10}[i]
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, id[start:end])
	}
	return b, nil
}

// MarshalText returns what String returns.
func (id SegmentID) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// UnmarshalText reads what String returns.
func (id *SegmentID) UnmarshalText(b []byte) error {
	parsed, err := ParseSegmentID(string(b))
	if err == nil {
		*id = parsed
	}
	return err
}

// ParseSegmentID reads the canonical form of a UUID.
func ParseSegmentID(s string) (SegmentID, error) {
	var id SegmentID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, fmt.Errorf("buffer: segment id %.50q: want 36 characters like 01890a5d-ac96-774b-bcce-b302099a8057", s)
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if err := lowerHex(id[:], digits); err != nil {
		return SegmentID{}, fmt.Errorf("buffer: segment id %q: %w", s, err)
	}
	return id, nil
}

func lowerHex(dst []byte, digits string) error {
	for i := range len(digits) {
		if c := digits[i]; c >= 'A' && c <= 'F' {
			return fmt.Errorf("%q is not a lower-case hexadecimal digit", c)
		}
	}
	_, err := hex.Decode(dst, []byte(digits))
	return err
}

// recordIDLen is the length of a record's id: 32 digits of the segment, 12 of
// the offset and 8 of the index, all hexadecimal.
const recordIDLen = 32 + 12 + 8

// String returns the text form: 52 lower-case hexadecimal digits, which sort
// as the records lie in the log.
func (id RecordID) String() string {
	b, err := id.AppendText(make([]byte, 0, recordIDLen))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// AppendText appends the text form. It fails for an offset of 2^48 or more,
// which no segment has.
func (id RecordID) AppendText(b []byte) ([]byte, error) {
	if id.Offset >= 1<<48 {
		return b, fmt.Errorf("buffer: record id: offset %d is beyond any segment", id.Offset)
	}
	var n [12]byte
	binary.BigEndian.PutUint64(n[:], id.Offset<<16)
	binary.BigEndian.PutUint32(n[6:], id.Index)
	b = hex.AppendEncode(b, id.Segment[:])
	return hex.AppendEncode(b, n[:10]), nil
}

// PutIndex makes text, the text form of a record's id, that of the record with
// another index in the same frame.
func PutIndex(text []byte, index uint32) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], index)
	hex.Encode(text[recordIDLen-8:], n[:])
}

// MarshalText returns the text form.
func (id RecordID) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// ParseRecordID reads the text form of a record's id.
func ParseRecordID(s string) (RecordID, error) {
	var b [26]byte
	if len(s) != recordIDLen {
		return RecordID{}, fmt.Errorf("buffer: record id %.60q: want %d hexadecimal digits", s, recordIDLen)
	}
	if err := lowerHex(b[:], s); err != nil {
		return RecordID{}, fmt.Errorf("buffer: record id %q: %w", s, err)
	}
	return RecordID{
		Segment: SegmentID(b[:16]),
		Offset:  binary.BigEndian.Uint64(b[14:]) & (1<<48 - 1),
		Index:   binary.BigEndian.Uint32(b[22:]),
	}, nil
}

// next returns a UUID version 7 (RFC 9562) for a segment that begins at t and
// follows the segment last: it is greater, whatever the clock did.
func (last SegmentID) next(t time.Time) SegmentID {
	var id SegmentID
	rand.Read(id[:]) // never fails: crypto/rand
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli())<<16)
	copy(id[:6], ms[:6])
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	if string(id[:]) > string(last[:]) {
		return id
	}
	return last.increment()
}

// increment returns the next greater UUID version 7: it counts in the random
// bits and carries over into the time.
func (id SegmentID) increment() SegmentID {
	low := binary.BigEndian.Uint64(id[8:])&(1<<62-1) + 1
	high := binary.BigEndian.Uint64(id[:8])
	if low == 1<<62 {
		low = 0
		high++
		if high>>12&0xf != 7 { // 12 bits ran over into the version
			high = (high>>16+1)<<16 | 7<<12
		}
	}
	binary.BigEndian.PutUint64(id[:8], high)
	binary.BigEndian.PutUint64(id[8:], 2<<62|low)
	return id
}
