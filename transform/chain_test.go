package transform

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"hydrant/buffer"
)

// splitter makes a row of each word; "bad" fails and "no" is dropped.
type splitter struct{ silent bool }

func (s splitter) Transform(_ context.Context, in []buffer.Record, out Output) error {
	for i := range in {
		if s.silent {
			continue
		}
		rest := in[i].Data
		for len(rest) > 0 {
			word := rest
			if n := bytes.IndexByte(rest, ' '); n >= 0 {
				word = rest[:n+1]
			}
			rest = rest[len(word):]
			var err error
			switch text := bytes.TrimSpace(word); string(text) {
			case "bad":
				err = out.Fail(i, Failure{Code: "Bad", Message: string(in[i].Data), Source: word})
			case "no":
				err = out.Drop(i, word, "no")
			default:
				err = out.Row(i, Row{Data: text, Source: word})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lines makes a row of each line; "-" fails.
type lines struct{}

func (lines) Transform(_ context.Context, in []buffer.Record, out Output) error {
	for i := range in {
		for line := range bytes.SplitAfterSeq(in[i].Data, []byte("\n")) {
			err := error(nil)
			if text := bytes.TrimSpace(line); string(text) == "-" {
				err = out.Fail(i, Failure{Code: "Line", Source: line})
			} else {
				err = out.Row(i, Row{Data: text, Source: line})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func TestChainKeepsOrderAndSources(t *testing.T) {
	got := runOn(t, NewChain([]Transform{lines{}, splitter{}}), "a b\n-\nc", "no no\nd bad e\nno f", "g")
	want := []string{"0 a", "0 b", "0 Line ", "0 c", "1 dropped: no", "1 Bad d bad e", "1 f", "2 g"}
	if !slices.Equal(got.said, want) {
		t.Errorf("got %q, want %q", got.said, want)
	}
}

func TestChainOfOneIsThatTransform(t *testing.T) {
	got := runOn(t, NewChain([]Transform{splitter{}}), "a bad b")
	if want := []string{"0 a", "0 Bad a bad b", "0 b"}; !slices.Equal(got.said, want) {
		t.Errorf("got %q, want %q", got.said, want)
	}
}

func TestChainOfThreeHandlesMoreThanItHolds(t *testing.T) {
	long := strings.Repeat(strings.Repeat("x", 1000)+" y\n", 3000)
	got := runOn(t, NewChain([]Transform{lines{}, lines{}, splitter{}}), strings.TrimSpace(long))
	if len(got.said) != 6000 {
		t.Errorf("got %d rows, want 6000", len(got.said))
	}
}

func TestChainDoesNotLetARecordVanish(t *testing.T) {
	err := NewChain([]Transform{lines{}, splitter{silent: true}}).Transform(context.Background(), recordsOf("a"), &results{})
	if err == nil {
		t.Error("a row of which nothing was said is no error")
	}
}

func TestChainEmitsCellsOfItsLastTransform(t *testing.T) {
	c := NewChain([]Transform{lines{}, newCSV(t, CSVOptions{Columns: []string{"a", "b"}})})
	c.EmitFields(true)
	if got := c.Fields(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("fields %q", got)
	}
	got := runOn(t, c, "1,2\n3,4")
	if len(got.rows) != 2 || !slices.Equal(got.rows[1], []string{"3", "4"}) {
		t.Errorf("got %q", got.rows)
	}
	if c := NewChain([]Transform{newCSV(t, CSVOptions{Header: true}), lines{}}); c.Fields() != nil || c.SelectFields([]string{"a"}) {
		t.Error("a chain whose last transform has no columns promises cells")
	}
}
