package simulation

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hydrant/delivery"
)

// check checks what must hold when everything was delivered.
func (w *world) check() error {
	ledgers := w.ledgers()
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for i, f := range w.frames {
		if err := w.checkFrame(f); err != nil {
			errs = append(errs, fmt.Errorf("append %d: %w", i+1, err))
		}
	}
	for i := range w.p.streams {
		if err := w.checkLedger(i, ledgers[fmt.Sprintf("s%d records", i)]); err != nil {
			errs = append(errs, fmt.Errorf("s%d: %w", i, err))
		}
	}
	errs = append(errs, w.checkOrder())
	return errors.Join(errs...)
}

// checkFrame checks that each value of f is in one place: all of them if f was
// acknowledged, all or none otherwise. Only what rotted may be missing.
func (w *world) checkFrame(f *frame) error {
	var there int
	var errs []error
	for _, v := range f.values {
		places := w.seen.places[v.n]
		if len(places) > 0 {
			there++
		}
		if len(places) > 1 {
			errs = append(errs, fmt.Errorf("doubled: value %d (acknowledged: %v) is in %v", v.n, f.acked, places))
		}
		if len(places) == 0 && f.acked && !f.rotten {
			errs = append(errs, fmt.Errorf("lost: value %d was acknowledged and is nowhere: %.60q", v.n, v.text))
		}
	}
	if there != 0 && there != len(f.values) && !f.rotten {
		errs = append(errs, fmt.Errorf("torn: %d of %d values are there", there, len(f.values)))
	}
	return errors.Join(errs...)
}

// checkLedger checks a stream's account against what is there.
func (w *world) checkLedger(i int, a delivery.Amounts) error {
	rows, entries, lost := w.seen.rows[i], w.seen.entries[i], w.seen.lost[i]
	if a.Pending != 0 || a.Dropped != 0 || a.Delivered != rows || a.Archived != entries+lost {
		return fmt.Errorf("the ledger says %+v; there are %d rows, %d entries, and %d records announced as damaged", a, rows, entries, lost)
	}
	var least, most int64
	rotten := false
	for _, f := range w.frames {
		if f.stream != i {
			continue
		}
		n := int64(len(f.records))
		rotten = rotten || f.rotten
		switch {
		case f.acked || len(f.values) > 0 && len(w.seen.places[f.values[0].n]) > 0:
			least, most = least+n, most+n
		case len(f.values) == 0 || f.rotten:
			most += n
		}
	}
	// A power cut that lost the earlier of two frames that nobody was promised
	// looks like damage: it is announced, and lost nothing.
	if lost > 0 && !rotten && !w.reordered {
		return fmt.Errorf("%d records are announced as damaged, and nothing was", lost)
	}
	if !rotten && (a.In < least || a.In > most+lost) {
		return fmt.Errorf("the ledger has %d records in, want %d to %d", a.In, least, most+lost)
	}
	return nil
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// checkOrder checks that the values of one producer are in order within a
// stream and a partition: in an object, and from segment to segment. The first
// part of an object's UUID is that of its segment.
func (w *world) checkOrder() error {
	type track struct {
		stream, producer int
		partition        string
	}
	type spot struct {
		segment string
		place
		n, frame int
	}
	tracks := make(map[track][]spot)
	for i, f := range w.frames {
		for _, v := range f.values {
			for _, p := range w.seen.places[v.n] {
				if !strings.HasPrefix(p.object, "lake/") {
					continue
				}
				id := uuid.FindString(p.object)
				t := track{f.stream, f.producer, partitionOf(p.object)}
				tracks[t] = append(tracks[t], spot{id[:min(len(id), 18)], p, v.n, i})
			}
		}
	}
	var errs []error
	for t, spots := range tracks {
		slices.SortStableFunc(spots, func(a, b spot) int {
			return cmp.Or(strings.Compare(a.segment, b.segment), strings.Compare(a.object, b.object), cmp.Compare(a.row, b.row))
		})
		for i := 1; i < len(spots); i++ {
			a, b := spots[i-1], spots[i]
			if b.n < a.n && (a.segment != b.segment || a.object == b.object) {
				errs = append(errs, fmt.Errorf("out of order: of producer %d, value %d in %v comes before %d in %v", t.producer, a.n, a.place, b.n, b.place))
			}
		}
	}
	if len(errs) > 3 {
		errs = errs[:3]
	}
	return errors.Join(errs...)
}

func partitionOf(object string) string {
	_, rest, ok := strings.Cut(object, "/k=")
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, "/")
	return key
}

// digest is a short form of all that is in the store.
func (w *world) digest() string {
	var b bytes.Buffer
	for name, o := range w.store.objects {
		fmt.Fprintf(&b, "%s %d\n", name, len(o.body))
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
