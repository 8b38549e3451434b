package destinations

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

type partKind uint8

const (
	partLiteral partKind = iota
	partTime
	partRandom
	partErrorType
	partQueryKey
	partLambdaKey
)

// A prefixPart is a stretch of literal text or one expression.
type prefixPart struct {
	kind partKind
	text string // the literal, or the partition key's name
	time timePattern
}

// append appends the part's value. nth is its place in the prefix.
func (p *prefixPart) append(out []byte, v *Values, nth int) ([]byte, error) {
	switch p.kind {
	case partTime:
		return p.time.append(out, v.Time), nil
	case partRandom:
		if v.ID == "" {
			return nil, fmt.Errorf("destinations: firehose:random-string needs the object's id")
		}
		return append(out, randomString(v.ID, nth)...), nil
	case partErrorType:
		if v.ErrorType == "" {
			return nil, fmt.Errorf("destinations: firehose:error-output-type needs the kind of error")
		}
		return append(out, v.ErrorType...), nil
	case partQueryKey:
		return appendPartitionValue(out, p.text, v.PartitionKeys)
	case partLambdaKey:
		return appendPartitionValue(out, p.text, v.LambdaKeys)
	}
	return append(out, p.text...), nil
}

const randomLength = 11

// randomString derives the characters of the nth part from the object's id.
func randomString(id string, nth int) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", id, nth))
	n := binary.BigEndian.Uint64(sum[:]) // 64 bits are 12 digits to the base of 36
	out := make([]byte, randomLength)
	for i := range out {
		out[i] = alphabet[n%36]
		n /= 36
	}
	return string(out)
}

// MaxPartitionValue bounds a partition value as it stands in a key, escaped,
// in bytes. With its "name=" it must still be a legal name of a folder, which
// file systems limit to 255 bytes.
const MaxPartitionValue = 200

// A PartitionValueError says why a value can't be part of a key. It's about
// the records of that value, not about the stream.
type PartitionValueError struct {
	Key    string // the partition key's name
	Reason string
}

func (e *PartitionValueError) Error() string {
	return fmt.Sprintf("destinations: partition key %s: %s", e.Key, e.Reason)
}

func appendPartitionValue(out []byte, key string, values map[string]string) ([]byte, error) {
	escaped, reason := escapePartitionValue(values[key])
	if reason != "" {
		return nil, &PartitionValueError{Key: key, Reason: reason}
	}
	return append(out, escaped...), nil
}

// EscapePartitionValue returns value as it stands in a key: characters that
// Hive escapes in the path of a partition, among them the slash, are written as
// %XX, so that a value is always one folder and readers find the plain value
// again (Apache Hive, FileUtils.escapePathName). An empty value, one with
// control characters or invalid UTF-8, "." and "..", and one of more than
// [MaxPartitionValue] bytes are refused with a [*PartitionValueError] for key.
func EscapePartitionValue(key, value string) (string, error) {
	escaped, reason := escapePartitionValue(value)
	if reason != "" {
		return "", &PartitionValueError{Key: key, Reason: reason}
	}
	return escaped, nil
}

func escapePartitionValue(value string) (escaped, reason string) {
	switch {
	case value == "":
		return "", "value must not be null or empty"
	case value == "." || value == "..":
		return "", fmt.Sprintf("value %q would change the folder", value)
	case !utf8.ValidString(value):
		return "", "value is not valid UTF-8"
	case strings.ContainsFunc(value, isControl):
		return "", fmt.Sprintf("value has control characters: %.100q", value)
	}
	escaped = hiveEscape(value)
	if len(escaped) > MaxPartitionValue {
		return "", fmt.Sprintf("value has %d bytes in the key, the limit is %d: %.100q", len(escaped), MaxPartitionValue, value)
	}
	return escaped, ""
}

// hiveEscaped are the printable characters that Hive escapes in a path.
const hiveEscaped = "\"#%'*/:=?\\{[]^"

func hiveEscape(s string) string {
	if !strings.ContainsAny(s, hiveEscaped) {
		return s
	}
	var out []byte
	for i := range len(s) {
		if strings.IndexByte(hiveEscaped, s[i]) >= 0 {
			out = fmt.Appendf(out, "%%%02X", s[i])
		} else {
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 }

// sampleTime is what a prefix is tried with when it's parsed: every field of
// it has as many digits as that field ever has.
var sampleTime = time.Date(2026, time.September, 30, 22, 58, 59, 123456789, time.UTC)
