package buffer

import (
	"fmt"
	"time"
)

// Settle says what became of records that earlier outcomes forwarded: of
// o.Forwarded, which leaves the balance, so much was delivered, archived,
// dropped and split. o.In is zero. Cuts are numbered by the caller, from 1,
// and settled in order; a cut that is settled already changes nothing, so that
// Settle may be called again after a crash. Once it returned nil, the line is
// durable. It fails if o does not balance or takes more than there is.
func (c *Consumer) Settle(cut uint64, o Outcome) error {
	l := c.log
	l.ledgerMu.Lock()
	defer l.ledgerMu.Unlock()
	if cut <= c.row.cut { // written only under ledgerMu
		return nil
	}
	if err := o.checkSettled(c.row.total.Forwarded); err != nil {
		return fmt.Errorf("buffer: settle cut %d by %s: %w", cut, c.name, err)
	}
	if err := l.ledger.add(line{Kind: lineSettle, Consumer: c.name, Cut: cut, Outcome: &o}); err != nil {
		return fmt.Errorf("buffer: settle cut %d by %s: ledger: %w", cut, c.name, full(err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c.row.settle(cut, o)
	return nil
}

// Adopt adds records to the account that the consumer holds forwarded and the
// ledger does not know of, because it was lost and started anew.
func (c *Consumer) Adopt(n Counts) error {
	l := c.log
	o := Outcome{In: n, Forwarded: n}
	if err := o.check(n); err != nil {
		return fmt.Errorf("buffer: adopt by %s: %w", c.name, err)
	}
	l.ledgerMu.Lock()
	defer l.ledgerMu.Unlock()
	if err := l.ledger.add(line{Kind: lineAdopt, Consumer: c.name, Outcome: &o}); err != nil {
		return fmt.Errorf("buffer: adopt by %s: ledger: %w", c.name, full(err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c.row.total = c.row.total.plus(o)
	return nil
}

// Settled returns the number of the newest cut that was settled; 0: none.
func (c *Consumer) Settled() uint64 {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return c.row.cut
}

// settle moves what a cut took out of the balance.
func (r *row) settle(cut uint64, o Outcome) {
	taken := o.Forwarded
	o.Forwarded = Counts{}
	r.total = r.total.plus(o)
	r.total.Forwarded = r.total.Forwarded.minus(taken)
	r.cut = max(r.cut, cut)
}

// checkSettled says what is wrong with o as the account of a cut, when balance
// is forwarded.
func (o Outcome) checkSettled(balance Counts) error {
	if err := o.positive(); err != nil {
		return err
	}
	if o.In != (Counts{}) {
		return fmt.Errorf("outcome %+v takes records in", o)
	}
	if got, want := o.Delivered.plus(o.Archived).plus(o.Dropped), o.Forwarded.plus(o.Split); got != want {
		return fmt.Errorf("outcome does not balance: forwarded + split = %+v, delivered + archived + dropped = %+v", want, got)
	}
	if rest := balance.minus(o.Forwarded); rest.Records < 0 || rest.Bytes < 0 {
		return fmt.Errorf("outcome settles %+v, but only %+v are forwarded", o.Forwarded, balance)
	}
	return nil
}

// LaterID returns an id for something that begins at t and follows last: a UUID
// version 7 whose milliseconds are greater than those of last, whatever the
// clock did.
func LaterID(last SegmentID, t time.Time) SegmentID {
	if ms := last.Time(); t.UnixMilli() <= ms.UnixMilli() {
		t = ms.Add(time.Millisecond)
	}
	return last.next(t)
}

// Time returns when the id was made, to the millisecond.
func (id SegmentID) Time() time.Time {
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}
