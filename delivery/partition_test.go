package delivery

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"hydrant/configs"
	"hydrant/transform"
)

func TestPartitionKeysOfARow(t *testing.T) {
	cells := []string{"state", "year"}
	for _, tt := range []struct {
		name    string
		keys    []configs.PartitionKey
		row     transform.Row
		want    map[string]string
		wantErr string
	}{
		{name: "path", keys: query(".a"), row: doc(`{"a":"x"}`), want: one("x")},
		{name: "nested path", keys: query(".a.b"), row: doc(`{"a":{"b":"x"}}`), want: one("x")},
		{name: "number by path", keys: query(".a"), row: doc(`{"a":12}`), want: one("12")},
		{name: "boolean by path", keys: query(".a"), row: doc(`{"a":true}`), want: one("true")},
		{name: "escapes by path", keys: query(".a"), row: doc(`{"a":"\u00e9"}`), want: one("é")},
		{name: "program", keys: query(`.a | ascii_upcase`), row: doc(`{"a":"x"}`), want: one("X")},
		{name: "program with default", keys: query(`.a // "none"`), row: doc(`{}`), want: one("none")},
		{name: "number by program", keys: query(`.a + 1`), row: doc(`{"a":12}`), want: one("13")},
		{name: "cell", keys: query(".state"), row: fields("Texas", "1990"), want: one("Texas")},
		{name: "program on cells", keys: query(`.year[0:3]`), row: fields("Texas", "1990"), want: one("199")},
		{name: "missing", keys: query(".a"), row: doc(`{"b":1}`), wantErr: "must not be null or empty"},
		{name: "null", keys: query(".a"), row: doc(`{"a":null}`), wantErr: "must not be null or empty"},
		{name: "empty", keys: query(".a"), row: doc(`{"a":""}`), wantErr: "must not be null or empty"},
		{name: "null cell", keys: query(".state"), row: transform.Row{Fields: [][]byte{nil, []byte("1990")}}, wantErr: "must not be null"},
		{name: "bad JSON by path", keys: query(".a"), row: doc(`{"a`), wantErr: "partition key k"},
		{name: "bad JSON by program", keys: query(".a + 1"), row: doc(`{"a`), wantErr: "partition key k"},
		{name: "failing program", keys: query(`.a + 1`), row: doc(`{"a":"x"}`), wantErr: "cannot add"},
		{name: "way up", keys: query(".a"), row: doc(`{"a":".."}`), wantErr: "can't name a folder"},
		{name: "control character", keys: query(".a"), row: doc(`{"a":"x\ny"}`), wantErr: "control character"},
		{name: "too long", keys: query(".a"), row: doc(`{"a":"` + strings.Repeat("x", 257) + `"}`), wantErr: "at most 256"},
		{
			name: "two keys",
			keys: []configs.PartitionKey{{Name: "a", Query: ".a"}, {Name: "b", Query: ".b"}},
			row:  doc(`{"b":"2","a":"1"}`), want: map[string]string{"a": "1", "b": "2"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var names []string
			if tt.row.Fields != nil {
				names = cells
			}
			p, err := newPartitioner(tt.keys, names)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.find(tt.row)
			var key *keyError
			if tt.wantErr != "" {
				if !errors.As(err, &key) || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error = %v, want a row's error with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := p.values(); !maps.Equal(got, tt.want) {
				t.Errorf("keys = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPartitionsAreToldApart: values that would read the same when they are
// put one after the other are different partitions.
func TestPartitionsAreToldApart(t *testing.T) {
	p, err := newPartitioner([]configs.PartitionKey{{Name: "a", Query: ".a"}, {Name: "b", Query: ".b"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.find(doc(`{"a":"xy","b":"z"}`))
	if err != nil {
		t.Fatal(err)
	}
	kept := string(first)
	second, err := p.find(doc(`{"a":"x","b":"yz"}`))
	if err != nil {
		t.Fatal(err)
	}
	if kept == string(second) {
		t.Errorf("both rows are in partition %q", kept)
	}
}

func query(q string) []configs.PartitionKey { return []configs.PartitionKey{{Name: "k", Query: q}} }
func one(v string) map[string]string        { return map[string]string{"k": v} }
func doc(s string) transform.Row            { return transform.Row{Data: []byte(s)} }
func fields(cells ...string) transform.Row {
	var r transform.Row
	for _, c := range cells {
		r.Fields = append(r.Fields, []byte(c))
	}
	return r
}

func BenchmarkPartitionKey(b *testing.B) {
	row := doc(`{"id":"5f0c","ts":1700000000123,"event":"click","url":"/a/b/c","region":"eu-west-1","ok":true}`)
	for name, q := range map[string]string{"path": ".region", "program": ".region | ."} {
		b.Run(name, func(b *testing.B) {
			p, err := newPartitioner(query(q), nil)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(row.Data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.find(row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
