package destinations

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of object names, in bytes.
const (
	MaxPrefix = 512  // an evaluated prefix (Firehose developer guide, Custom prefixes for Amazon S3 objects)
	MaxKey    = 1024 // a whole key (Amazon S3 user guide, Naming Amazon S3 objects)
)

// PrefixOptions say where a prefix stands.
type PrefixOptions struct {
	// ErrorOutput: this is the prefix of an error sink. It may name the kind
	// of error and may not name partition keys; for other prefixes it's the
	// other way round.
	ErrorOutput bool
	// Location is the zone of timestamps; nil is UTC.
	Location *time.Location
}

// A Prefix is the beginning of object keys, with the expressions of Firehose:
//
//	!{timestamp:yyyy/MM/dd}         the time of the object's oldest record, as a java.time pattern
//	!{firehose:random-string}       11 letters and digits
//	!{firehose:error-output-type}   the kind of error, in an error sink's prefix
//	!{partitionKeyFromQuery:name}   the value of a partition key
//	!{partitionKeyFromLambda:name}  the value of a partition key that a transform gave
//
// A prefix without any expression, or with random strings only, is followed by
// yyyy/MM/dd/HH/, and so is an empty one. (Firehose developer guide, Custom
// prefixes for Amazon S3 objects; java.time.format.DateTimeFormatter.)
//
// A Prefix isn't changed after ParsePrefix; any number of goroutines may use it.
type Prefix struct {
	parts    []prefixPart
	implicit bool // the hour is appended
	loc      *time.Location
	uses     Uses
	warnings []*PrefixError
}

// Uses says what a prefix is made from.
type Uses struct {
	QueryKeys  []string // of partitionKeyFromQuery, each once, in order of name
	LambdaKeys []string // of partitionKeyFromLambda, likewise
	Timestamp  bool     // a timestamp expression or the hour that is appended
	Random     bool
	ErrorType  bool
}

// Values are what an object's prefix is evaluated with.
type Values struct {
	Time          time.Time         // arrival of the object's oldest record
	ErrorType     string            // such as errorsink.ProcessingFailed
	PartitionKeys map[string]string // values for partitionKeyFromQuery
	LambdaKeys    map[string]string // values for partitionKeyFromLambda
	// ID is the object's UUID. Random strings derive from it and from their
	// place in the prefix, so that a repeat gives the same key.
	ID string
}

// A PrefixError says what is wrong in the text of a prefix, and where.
type PrefixError struct {
	Pos, Len int    // in bytes of the prefix
	Message  string // one sentence without a full stop
	Hint     string // what to write instead; may be empty
}

func (e *PrefixError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("prefix, at %d: %s", e.Pos, e.Message)
	}
	return fmt.Sprintf("prefix, at %d: %s; %s", e.Pos, e.Message, e.Hint)
}

// Uses returns what p is made from.
func (p *Prefix) Uses() Uses { return p.uses }

// Warnings returns what is allowed in p but seldom meant, such as YYYY for the
// calendar year.
func (p *Prefix) Warnings() []*PrefixError { return slices.Clone(p.warnings) }

// Location returns the zone of p's timestamps.
func (p *Prefix) Location() *time.Location { return p.loc }

// Expand evaluates p. It fails with a [*PartitionValueError] when a partition
// key has no usable value, and when the result is longer than [MaxPrefix] (the
// hour that is appended doesn't count).
func (p *Prefix) Expand(v Values) (string, error) {
	out, err := p.expand(v)
	if err != nil {
		return "", err
	}
	if len(out) > MaxPrefix {
		return "", fmt.Errorf("destinations: evaluated prefix has %d bytes, the limit is %d: %.100q", len(out), MaxPrefix, out)
	}
	if p.implicit {
		out = appendHour(out, v.Time.In(p.loc))
	}
	if dotFolder(string(out)) {
		return "", fmt.Errorf("destinations: evaluated prefix %q names . or .. as a folder", out)
	}
	return string(out), nil
}

func (p *Prefix) expand(v Values) ([]byte, error) {
	in := v
	in.Time = v.Time.In(p.loc)
	var out []byte
	var err error
	for i := range p.parts {
		if out, err = p.parts[i].append(out, &in, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Key returns the whole key of an object: the evaluated prefix and
// [ObjectName]. It fails as Expand does, and when the key is longer than
// [MaxKey].
func (p *Prefix) Key(v Values, stream string, version int, ext string) (string, error) {
	prefix, err := p.Expand(v)
	if err != nil {
		return "", err
	}
	key := prefix + ObjectName(stream, version, v.Time.In(p.loc), v.ID, ext)
	if len(key) > MaxKey {
		return "", fmt.Errorf("destinations: key has %d bytes, the limit is %d: %.100q", len(key), MaxKey, key)
	}
	return key, nil
}

// ObjectName returns the part of a key that follows the prefix,
// "<stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<id><ext>". The stamp is
// t in t's own zone. (Firehose developer guide, Amazon S3 object name format.)
func ObjectName(stream string, version int, t time.Time, id string, ext string) string {
	return fmt.Sprintf("%s-%d-%s-%s%s", stream, version, t.Format("2006-01-02-15-04-05"), id, ext)
}

// DefaultErrorPrefix returns the prefix that error objects have when none is
// given and those of the data begin with the literal text: the kind of error
// as a folder, and the hour. (Firehose developer guide, Custom prefixes.)
func DefaultErrorPrefix(literal string) string {
	return literal + "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
}

// appendHour appends the folders that a prefix without a time gets.
func appendHour(out []byte, t time.Time) []byte { return t.AppendFormat(out, "2006/01/02/15/") }

// dotFolder says whether prefix has a folder that a file system would follow
// upwards or skip. What follows the last slash is not a folder, but the
// beginning of the object's name.
func dotFolder(prefix string) bool {
	folders := strings.Split(prefix, "/")
	for _, name := range folders[:len(folders)-1] {
		if name == "." || name == ".." {
			return true
		}
	}
	return false
}
