package configs

import (
	"encoding/json"
	"fmt"

	"hydrant/formats/column"
)

// A storedStream is a checked stream as text that a later process reads.
type storedStream struct {
	Stream  Stream
	Columns []storedColumn `json:",omitempty"`
	Schema  bool           // there is one
	Secrets [2]string      // of the destination and of the error sink
}

type storedColumn struct{ Name, Type string }

// EncodeStream writes s so that [DecodeStream] gives it back, secrets too: keep
// the text from other eyes.
func EncodeStream(s Stream) ([]byte, error) {
	out := storedStream{Stream: s, Schema: s.Schema != nil}
	if s.Schema != nil {
		for _, c := range s.Schema.Columns {
			out.Columns = append(out.Columns, storedColumn{c.Name, typeText(c.Type)})
		}
	}
	out.Stream.Schema = nil
	for i, d := range []Destination{s.Destination, s.ErrorSink} {
		if d.S3 != nil {
			out.Secrets[i] = d.S3.SecretKey.Reveal()
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("configs: stream %s: %w", s.Name, err)
	}
	return text, nil
}

// DecodeStream reads what EncodeStream wrote.
func DecodeStream(text []byte) (Stream, error) {
	var in storedStream
	if err := json.Unmarshal(text, &in); err != nil {
		return Stream{}, fmt.Errorf("configs: stored stream: %w", err)
	}
	s := in.Stream
	if in.Schema {
		s.Schema = &column.Schema{}
		for _, c := range in.Columns {
			t, err := column.ParseType(c.Type)
			if err != nil {
				return Stream{}, fmt.Errorf("configs: stored stream %s: column %s: %w", s.Name, c.Name, err)
			}
			s.Schema.Columns = append(s.Schema.Columns, column.Column{Name: c.Name, Type: t})
		}
	}
	for i, d := range []Destination{s.Destination, s.ErrorSink} {
		if d.S3 != nil {
			d.S3.SecretKey = NewSecret(in.Secrets[i])
		}
	}
	return s, nil
}
