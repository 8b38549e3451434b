package partitions

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"hydrant/buffer"
)

func TestARowComesBackAsItWas(t *testing.T) {
	at := time.Date(2026, 3, 9, 12, 0, 0, 5, time.UTC)
	id := buffer.RecordID{Offset: 4096, Index: 7}
	for name, want := range map[string]Row{
		"data is the source":     {Data: []byte(`{"a":1}`), Source: []byte(`{"a":1}`)},
		"white space around it":  {Data: []byte(`{"a":1}`), Source: []byte(" \n{\"a\":1}\n")},
		"data of another making": {Data: []byte(`{"a":1}`), Source: []byte(`1`)},
		"no source left":         {Data: []byte(`{"a":1}`), Source: []byte{}},
		"empty":                  {Data: []byte{}, Source: []byte{}},
		"cells":                  {Fields: [][]byte{[]byte("x"), nil, {}}, Source: []byte("x,,\n")},
	} {
		want.Record, want.Arrival = id, at
		b := want.append(nil, at.UnixNano()-1000)
		d := rowReader{b: b, base: at.UnixNano() - 1000}
		var got Row
		if err := d.next(&got); err != nil || len(d.b) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, %d bytes left; want %+v", name, got, err, len(d.b), want)
		}
	}
}

func FuzzRow(f *testing.F) {
	r := Row{Arrival: time.Unix(1, 0), Data: []byte("d"), Source: []byte("source")}
	f.Add(r.append(nil, 0))
	r.Fields, r.Data = [][]byte{nil, []byte("x")}, nil
	f.Add(r.append(nil, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := rowReader{b: b}
		var got Row
		for d.next(&got) == nil && len(d.b) > 0 { // ends, and never reads beyond b
		}
	})
}

func FuzzIndex(f *testing.F) {
	x := &index{portions: []portion{{key: "a\x00", off: headSize, rows: 1, bytes: 2, n: 1}}, extents: []extent{{3, 4}}, data: 3}
	rules, err := (&Rules{Keys: []string{"k"}}).encode()
	if err != nil {
		f.Fatal(err)
	}
	block := x.encode(rules)
	run := append(append(append(head(int64(len(block))), 1, 2, 3), block...), block...)
	f.Add(run)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readIndexAt(bytes.NewReader(b), int64(len(b)))
		if err == nil && len(got.extents) < len(got.portions)-len(b) {
			t.Errorf("index of %d bytes has %d portions", len(b), len(got.portions))
		}
	})
	got, err := readIndexAt(bytes.NewReader(run), int64(len(run)))
	if err != nil || got.portions[0] != x.portions[0] || got.extents[0] != x.extents[0] {
		f.Errorf("index = %+v, %v, want what was written", got, err)
	}
}
