package transform

import (
	"context"
	"errors"

	"hydrant/buffer"
)

// A Chain runs transforms in order: the rows of one are the records of the
// next. It is a Transform, and a [FieldEmitter] as far as its last one is.
//
// What a later transform makes of one row stays together: when any part of it
// fails, all of the row does, with the part of the record that it came from.
// So the archive always holds the record's own bytes, and each byte once.
type Chain struct{ steps []Transform }

// NewChain returns a chain of at least one transform.
func NewChain(steps []Transform) *Chain { return &Chain{steps} }

// Transform implements [Transform].
func (c *Chain) Transform(ctx context.Context, in []buffer.Record, out Output) error {
	if len(c.steps) == 1 {
		return c.steps[0].Transform(ctx, in, out)
	}
	l := link{ctx: ctx, in: in, rest: &Chain{c.steps[1:]}, out: out}
	if err := c.steps[0].Transform(ctx, in, &l); err != nil {
		return err
	}
	return l.flush()
}

func (c *Chain) emitter() FieldEmitter {
	e, _ := c.steps[len(c.steps)-1].(FieldEmitter)
	return e
}

// Fields implements [FieldEmitter].
func (c *Chain) Fields() []string {
	if e := c.emitter(); e != nil {
		return e.Fields()
	}
	return nil
}

// EmitFields implements [FieldEmitter].
func (c *Chain) EmitFields(on bool) {
	if e := c.emitter(); e != nil {
		e.EmitFields(on)
	}
}

// SelectFields implements [FieldEmitter].
func (c *Chain) SelectFields(names []string) bool {
	e := c.emitter()
	return e != nil && e.SelectFields(names)
}

// linkBytes is how much row data a link gathers before it runs the rest of
// the chain on it.
const linkBytes = 1 << 20

// A link stands between one transform and the rest of the chain. It keeps the
// results of the first in order, those that are final among those that are
// not.
type link struct {
	ctx  context.Context
	in   []buffer.Record
	rest *Chain
	out  Output

	results []result
	rows    []buffer.Record // the data of the results that are rows
	held    int             // bytes
}

// A result is one call of Output, kept.
type result struct {
	in      int
	row     *Row     // one of row,
	failure *Failure // failure
	reason  string   // and a drop's reason
	source  []byte
}

func (l *link) Row(in int, r Row) error {
	source := append([]byte(nil), r.Source...)
	l.results = append(l.results, result{in: in, row: &Row{Source: source}, source: source})
	l.rows = append(l.rows, buffer.Record{ID: l.in[in].ID, Arrival: l.in[in].Arrival, Data: append([]byte(nil), r.Data...)})
	return l.keep(len(r.Data) + len(source))
}

func (l *link) Fail(in int, f Failure) error {
	f.Source = append([]byte(nil), f.Source...)
	l.results = append(l.results, result{in: in, failure: &f})
	return l.keep(len(f.Source))
}

func (l *link) Drop(in int, source []byte, reason string) error {
	source = append([]byte(nil), source...)
	l.results = append(l.results, result{in: in, reason: reason, source: source})
	return l.keep(len(source))
}

func (l *link) keep(n int) error {
	if l.held += n; l.held < linkBytes {
		return nil
	}
	return l.flush()
}

// flush runs the rest of the chain on the gathered rows and hands out all
// results in order.
func (l *link) flush() error {
	outcomes := gathered{rows: make([][]result, len(l.rows))}
	if len(l.rows) > 0 {
		if err := l.rest.Transform(l.ctx, l.rows, &outcomes); err != nil {
			return err
		}
	}
	nth := 0
	for _, r := range l.results {
		if r.row == nil {
			if err := r.handOut(l.out); err != nil {
				return err
			}
			continue
		}
		if err := handOutRow(l.out, r, outcomes.rows[nth]); err != nil {
			return err
		}
		nth++
	}
	l.results, l.rows, l.held = l.results[:0], l.rows[:0], 0
	return nil
}

// handOutRow hands out what became of one row of the transform before. All of
// the row's source goes to the first of its results, or to its failure.
func handOutRow(out Output, from result, became []result) error {
	for _, r := range became {
		if r.failure != nil {
			r.in, r.failure.Source = from.in, from.source
			return r.handOut(out)
		}
	}
	// Rows before drops: a drop must not take the source of a row away.
	source := from.source
	rows := false
	for _, r := range became {
		if r.row != nil {
			r.in, r.row.Source = from.in, source
			source, rows = source[len(source):], true
			if err := r.handOut(out); err != nil {
				return err
			}
		}
	}
	if rows {
		return nil
	}
	if len(became) == 0 { // without this the record would vanish
		return errors.New("transform: chain: a transform said nothing of a row")
	}
	return out.Drop(from.in, from.source, became[0].reason)
}

func (r result) handOut(out Output) error {
	switch {
	case r.row != nil:
		return out.Row(r.in, *r.row)
	case r.failure != nil:
		return out.Fail(r.in, *r.failure)
	}
	return out.Drop(r.in, r.source, r.reason)
}

// gathered keeps results by the row that they came from.
type gathered struct{ rows [][]result }

func (g *gathered) Row(in int, r Row) error {
	kept := Row{}
	if r.Fields != nil {
		kept.Fields = make([][]byte, len(r.Fields))
		for i, cell := range r.Fields {
			if cell != nil {
				kept.Fields[i] = append([]byte{}, cell...)
			}
		}
	} else {
		kept.Data = append([]byte{}, r.Data...)
	}
	g.rows[in] = append(g.rows[in], result{row: &kept})
	return nil
}

func (g *gathered) Fail(in int, f Failure) error {
	f.Source = nil
	g.rows[in] = append(g.rows[in], result{failure: &f})
	return nil
}

func (g *gathered) Drop(in int, _ []byte, reason string) error {
	g.rows[in] = append(g.rows[in], result{reason: reason})
	return nil
}
