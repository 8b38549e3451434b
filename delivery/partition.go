package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/itchyny/gojq"

	"hydrant/configs"
	"hydrant/formats/column"
	"hydrant/transform"
)

// maxKeyBytes bounds the value of one partition key.
const maxKeyBytes = 256

// A partitioner finds the partition of a row. One goroutine owns it.
type partitioner struct {
	keys   []partitionKey
	fields []string // names of cells, nil if rows are JSON
	buf    []byte   // the values of the current row, each followed by a zero byte
	ends   []int    // end offset of each value in buf
}

type partitionKey struct {
	name string
	path []string   // of a simple query such as .a.b
	cell int        // index into the cells of a simple query of one step; -1: none
	code *gojq.Code // any other query
}

// newPartitioner compiles the queries of partition_by. It returns nil if there
// are none.
func newPartitioner(keys []configs.PartitionKey, fields []string) (*partitioner, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	p := &partitioner{fields: fields}
	for _, k := range keys {
		key, err := compileKey(k, fields)
		if err != nil {
			return nil, fmt.Errorf("delivery: partition key %s: %w", k.Name, err)
		}
		p.keys = append(p.keys, key)
	}
	return p, nil
}

func compileKey(k configs.PartitionKey, fields []string) (partitionKey, error) {
	key := partitionKey{name: k.Name, cell: -1, path: simplePath(k.Query)}
	if len(key.path) == 1 {
		for i, name := range fields {
			if name == key.path[0] {
				key.cell = i
			}
		}
	}
	if key.path != nil {
		return key, nil
	}
	query, err := gojq.Parse(k.Query)
	if err != nil {
		return key, err
	}
	key.code, err = gojq.Compile(query)
	return key, err
}

// simplePath returns the steps of a query of the form .a.b, or nil. Such a
// query costs no jq program and no decoding of the record.
func simplePath(query string) []string {
	query = string(bytes.TrimSpace([]byte(query)))
	if len(query) < 2 || query[0] != '.' {
		return nil
	}
	var path []string
	for _, step := range bytes.Split([]byte(query[1:]), []byte(".")) {
		if !isIdentifier(step) {
			return nil
		}
		path = append(path, string(step))
	}
	return path
}

func isIdentifier(s []byte) bool {
	for i, c := range s {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(s) > 0
}

// find evaluates the keys of a row. The partition is valid until the next
// call. An error is about the row.
func (p *partitioner) find(r transform.Row) (partition []byte, err error) {
	p.buf, p.ends = p.buf[:0], p.ends[:0]
	var decoded any
	for i := range p.keys {
		k := &p.keys[i]
		start := len(p.buf)
		switch {
		case r.Fields != nil && k.cell >= 0:
			p.buf = append(p.buf, r.Fields[k.cell]...)
		case r.Fields == nil && k.path != nil:
			err = p.appendPath(r.Data, k.path)
		default:
			if decoded == nil {
				if decoded, err = p.decode(r); err != nil {
					return nil, &keyError{k.name, err.Error()}
				}
			}
			err = p.appendQuery(decoded, k)
		}
		if err != nil {
			return nil, &keyError{k.name, err.Error()}
		}
		if err := checkKey(p.buf[start:]); err != nil {
			return nil, &keyError{k.name, err.Error()}
		}
		p.ends = append(p.ends, len(p.buf))
		p.buf = append(p.buf, 0)
	}
	return p.buf, nil
}

// values returns the keys that find found last.
func (p *partitioner) values() map[string]string {
	m := make(map[string]string, len(p.keys))
	start := 0
	for i, k := range p.keys {
		m[k.name] = string(p.buf[start:p.ends[i]])
		start = p.ends[i] + 1
	}
	return m
}

// A keyError says why a row has no partition. Firehose's error code for it is
// DynamicPartitioning.MetadataExtractionFailed (Firehose developer guide,
// Dynamic partitioning).
type keyError struct{ key, message string }

func (e *keyError) Error() string {
	if e.key == "" {
		return e.message
	}
	return "partition key " + e.key + ": " + e.message
}

var errNoKey = errors.New("partitionKeys values must not be null or empty")

func checkKey(v []byte) error {
	if len(v) == 0 {
		return errNoKey
	}
	if len(v) > maxKeyBytes {
		return fmt.Errorf("the value has %d bytes, at most %d are allowed", len(v), maxKeyBytes)
	}
	for _, c := range v {
		if c < 0x20 || c == 0x7f {
			return errors.New("the value has a control character")
		}
	}
	if string(v) == "." || string(v) == ".." {
		return fmt.Errorf("the value %q can't name a folder", v)
	}
	return nil
}

func (p *partitioner) appendPath(doc []byte, path []string) error {
	value, kind, ok := column.JSONField(doc, path)
	if !ok || kind == column.JSONNull {
		return errNoKey
	}
	p.buf = append(p.buf, value...)
	return nil
}

func (p *partitioner) appendQuery(doc any, k *partitionKey) error {
	if k.code == nil { // a path into cells that do not have it
		return errNoKey
	}
	iter := k.code.Run(doc)
	v, ok := iter.Next()
	if !ok {
		return errNoKey
	}
	switch v := v.(type) {
	case error:
		return v
	case nil:
		return errNoKey
	case string:
		p.buf = append(p.buf, v...)
	case bool:
		p.buf = strconv.AppendBool(p.buf, v)
	default:
		text, err := gojq.Marshal(v)
		if err != nil {
			return err
		}
		p.buf = append(p.buf, text...)
	}
	return nil
}

// decode makes the value that a jq program runs on.
func (p *partitioner) decode(r transform.Row) (any, error) {
	if r.Fields != nil {
		m := make(map[string]any, len(r.Fields))
		for i, cell := range r.Fields {
			m[p.fields[i]] = nil
			if cell != nil {
				m[p.fields[i]] = string(cell)
			}
		}
		return m, nil
	}
	var v any
	if err := json.Unmarshal(r.Data, &v); err != nil {
		return nil, err
	}
	return v, nil
}
