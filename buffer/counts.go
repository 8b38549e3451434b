package buffer

import "fmt"

func (c Counts) plus(d Counts) Counts  { return Counts{c.Records + d.Records, c.Bytes + d.Bytes} }
func (c Counts) minus(d Counts) Counts { return Counts{c.Records - d.Records, c.Bytes - d.Bytes} }

// plus adds up two outcomes, term by term.
func (o Outcome) plus(p Outcome) Outcome {
	return Outcome{
		In:        o.In.plus(p.In),
		Split:     o.Split.plus(p.Split),
		Delivered: o.Delivered.plus(p.Delivered),
		Archived:  o.Archived.plus(p.Archived),
		Dropped:   o.Dropped.plus(p.Dropped),
		Forwarded: o.Forwarded.plus(p.Forwarded),
	}
}

// check says what is wrong with o as the account of a segment that holds in.
func (o Outcome) check(in Counts) error {
	if err := o.positive(); err != nil {
		return err
	}
	if o.In != in {
		return fmt.Errorf("outcome accounts for %+v, but the segment holds %+v", o.In, in)
	}
	if got, want := o.Delivered.plus(o.Archived).plus(o.Dropped).plus(o.Forwarded), o.In.plus(o.Split); got != want {
		return fmt.Errorf("outcome does not balance: in + split = %+v, delivered + archived + dropped + forwarded = %+v", want, got)
	}
	return nil
}

func (o Outcome) positive() error {
	for _, c := range []Counts{o.In, o.Split, o.Delivered, o.Archived, o.Dropped, o.Forwarded} {
		if c.Records < 0 || c.Bytes < 0 {
			return fmt.Errorf("outcome %+v has a negative count", o)
		}
	}
	return nil
}
