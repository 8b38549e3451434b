package buffer_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
)

func withKeys(o buffer.Options) buffer.Options {
	o.Keys = buffer.KeyLimits{Window: 10 * time.Minute, Max: 1000}
	return o
}

func keyedFrame(key string, records ...string) *buffer.Frame {
	f := frame(records...)
	f.SetKey(key, 0)
	return f
}

func addKeyed(t testing.TB, l *buffer.Log, key string, records ...string) buffer.Position {
	t.Helper()
	p, err := l.Append(t.Context(), keyedFrame(key, records...))
	if err != nil {
		t.Fatalf("Append(%q, %q): %v", key, records, err)
	}
	return p
}

// repeated checks that a frame is recognized as the one that lies at want.
func repeated(t testing.TB, l *buffer.Log, want buffer.Position, key string, records ...string) {
	t.Helper()
	want.Repeat = true
	if got := addKeyed(t, l, key, records...); got != want {
		t.Errorf("repeat of key %q: got position %+v, want %+v", key, got, want)
	}
}

func TestARepeatIsAcknowledgedAndNotStored(t *testing.T) {
	fs := newFS()
	l := open(t, fs, withKeys(options()))
	first := addKeyed(t, l, "a", "one", "two")
	if first.Repeat {
		t.Error("the first append is said to be a repeat")
	}
	repeated(t, l, first, "a", "one", "two")
	add(t, l, "plain")
	second := addKeyed(t, l, "b", "one", "two")
	if second.Repeat || second.Offset == first.Offset {
		t.Errorf("another key: got %+v, want a place of its own", second)
	}
	if _, err := l.Append(t.Context(), keyedFrame("a", "other")); !errors.Is(err, buffer.ErrKeyReused) {
		t.Errorf("a key with other records: got error %v, want ErrKeyReused", err)
	}
	other := frame("one", "two")
	other.SetKey("a", 1)
	if p, err := l.Append(t.Context(), other); err != nil || p.Repeat {
		t.Errorf("another part of a request: got %+v, %v, want it stored", p, err)
	}
	seal(t, l)
	c := read(t, next(t, l))
	want := []string{"one", "two", "plain", "one", "two", "one", "two"}
	if !slices.Equal(c.records, want) || len(c.damage) > 0 {
		t.Errorf("got records %q, damage %v; want %q", c.records, c.damage, want)
	}
	if c.ids[0].Offset != first.Offset || c.ids[0].Segment != first.Segment {
		t.Errorf("first record is %v, want it at %v", c.ids[0], first)
	}
	if got := l.Stats().Repeats; got != 1 {
		t.Errorf("got %d repeats, want 1", got)
	}
}

func TestKeysAreKnownAfterACrash(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*buffer.Log)
	}{
		{"open segment", func(*buffer.Log) {}},
		{"sealed segment", func(l *buffer.Log) { seal(t, l) }},
		{"delivered and deleted", func(l *buffer.Log) { seal(t, l); done(t, l, next(t, l)) }},
		{"closed", func(l *buffer.Log) { closeLog(t, l) }},
		{"two crashes later", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := newFS()
			l := open(t, fs, withKeys(options()))
			add(t, l, "plain")
			var at []buffer.Position
			for i := range 50 {
				at = append(at, addKeyed(t, l, fmt.Sprint("key", i), "record", string(make([]byte, 100*i))))
			}
			if c.before != nil {
				c.before(l)
			} else {
				seal(t, l)
				done(t, l, next(t, l))
				fs = fs.Crash()
				closeLog(t, open(t, fs, withKeys(options())))
			}
			fs = fs.Crash()
			l = open(t, fs, withKeys(options()))
			for i, p := range at {
				repeated(t, l, p, fmt.Sprint("key", i), "record", string(make([]byte, 100*i)))
			}
			if p := addKeyed(t, l, "new", "record"); p.Repeat {
				t.Error("a new key is said to be a repeat")
			}
		})
	}
}

func TestConcurrentRepeatsAreStoredOnce(t *testing.T) {
	l := open(t, newFS(), withKeys(options()))
	var wg sync.WaitGroup
	at := make([]buffer.Position, 64)
	for i := range at {
		wg.Go(func() { at[i] = addKeyed(t, l, fmt.Sprint(i%4), fmt.Sprint(i%4)) })
	}
	wg.Wait()
	seal(t, l)
	if got := read(t, next(t, l)).records; len(got) != 4 {
		t.Errorf("got records %q, want one of each key", got)
	}
	for i, p := range at {
		if p.Offset != at[i%4].Offset {
			t.Errorf("append %d: got %+v, want the place of %+v", i, p, at[i%4])
		}
	}
}

func TestAFailedAppendLetsTheRepeatThrough(t *testing.T) {
	fs := newFS()
	l := open(t, fs, withKeys(options()))
	fs.Fail(&buffertest.Fault{Only: func(op buffertest.Op) bool { return op.Kind == "sync" }})
	if _, err := l.Append(t.Context(), keyedFrame("a", "one")); err == nil {
		t.Fatal("Append worked, want an error")
	}
	fs.Fail(nil)
	if p := addKeyed(t, l, "a", "one"); p.Repeat {
		t.Error("the second append is said to be a repeat of one that failed")
	}
	seal(t, l)
	if got := read(t, next(t, l)).records; !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q, want the record once", got)
	}
}

func TestKeysAreForgottenAfterTheWindowAndBeyondTheirNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := withKeys(options())
		o.Keys.Max = 10
		l := open(t, newFS(), o)
		defer closeLog(t, l)
		first := addKeyed(t, l, "a", "one")
		time.Sleep(9 * time.Minute)
		repeated(t, l, first, "a", "one")
		time.Sleep(2 * time.Minute)
		if p := addKeyed(t, l, "a", "one"); p.Repeat {
			t.Error("a key is remembered beyond its window")
		}
		for i := range 20 {
			addKeyed(t, l, fmt.Sprint(i), "x")
		}
		if p := addKeyed(t, l, "5", "x"); p.Repeat {
			t.Error("more keys are remembered than allowed")
		}
		if p := addKeyed(t, l, "19", "x"); !p.Repeat {
			t.Error("the newest key was forgotten")
		}
	})
}

// Whatever file operation fails, and the power goes right after it: what was
// acknowledged with a key is there once, however often it is repeated.
func TestKeysSurviveEveryFault(t *testing.T) {
	for n := 0; ; n++ {
		fs := newFS()
		fs.Fail(&buffertest.Fault{After: n})
		acked, passed := keysUntilError(t, fs)
		fs = fs.Crash()
		l := open(t, fs, withKeys(eager()))
		stored := l.Consumer(name).Ledger().In.Records
		for key := range acked {
			p, err := l.Append(t.Context(), keyedFrame(key, key))
			if err != nil || !p.Repeat {
				t.Errorf("fault %d: acknowledged key %s: got %+v, %v after a crash, want a repeat", n, key, p, err)
			}
		}
		if got := l.Consumer(name).Ledger().In.Records; got != stored {
			t.Errorf("fault %d: repeats stored %d records", n, got-stored)
		}
		closeLog(t, l)
		if passed {
			return
		}
	}
}

func keysUntilError(t *testing.T, fs *buffertest.FS) (acked map[string]bool, passed bool) {
	acked = make(map[string]bool)
	l, err := buffer.Open(fs, dir, withKeys(eager()))
	if err != nil {
		return acked, false
	}
	for i := range 4 {
		key := fmt.Sprint("key", i)
		if _, err := l.Append(t.Context(), keyedFrame(key, key)); err != nil {
			return acked, false
		}
		acked[key] = true
		if i == 2 {
			continue
		}
		s := next(t, l)
		if err := l.Consumer(name).Done(s, delivered(s)); err != nil {
			return acked, false
		}
	}
	return acked, !fs.Met()
}
