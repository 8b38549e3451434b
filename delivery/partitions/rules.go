package partitions

import (
	"bytes"
	"encoding/json"
	"slices"

	"hydrant/buffer"
)

// Rules are what rows were split by. They go with the rows, so that a changed
// configuration does not change the names of what was split before.
type Rules struct {
	Keys     []string `json:"keys"`             // names of the partition keys, in the order of a partition's values
	Prefix   string   `json:"prefix"`           // of the destination, with its expressions
	TimeZone string   `json:"time_zone"`        // of the prefix's timestamps
	Version  int      `json:"version"`          // of the stream's configuration
	Fields   []string `json:"fields,omitempty"` // names of the cells of rows; nil: rows are data
}

func (r *Rules) encode() ([]byte, error) { return json.Marshal(r) }

// Values returns the values of a partition by the names of their keys.
func (r *Rules) Values(partition []byte) map[string]string {
	m := make(map[string]string, len(r.Keys))
	for _, name := range r.Keys {
		value, rest, _ := bytes.Cut(partition, []byte{0})
		m[name], partition = string(value), rest
	}
	return m
}

func (r *Rules) equal(o *Rules) bool {
	return r.Prefix == o.Prefix && r.TimeZone == o.TimeZone && r.Version == o.Version &&
		slices.Equal(r.Keys, o.Keys) && slices.Equal(r.Fields, o.Fields)
}

// A Run is a file of rows that a plan names.
type Run struct {
	Name  string        `json:"name"`
	Size  int64         `json:"size"`
	Holds buffer.Counts `json:"holds"` // what of the ledger it accounts for
}
