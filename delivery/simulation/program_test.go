package simulation

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// A program is what happens in one run. The same seed makes the same program.
type program struct {
	seed    uint64
	streams int
	shape   shape
	ops     []op
}

// A shape is what does not change during a run.
type shape struct {
	conditions bool  // the store knows If-None-Match
	budget     int64 // bytes of disk for logs; 0: no limit
	space      int64 // bytes that the disk has; 0: no limit
	refuses    bool  // some partitions have names that the store never takes
	inPlace    bool  // at the end the faults end, without a restart
}

// An op is one step of a program. Its seed decides about all its details, so
// that it does the same whatever stands before it.
type op struct {
	kind   string
	stream int
	n      int           // append: producers; die: operations from now on
	d      time.Duration // sleep
	rate   int           // faults: one in so many operations fails
	what   string        // faults: the kind, or all; die: what is left of the disk
	at     string        // die: the kind of operations that count; "": all
	seed   uint64
}

func (o op) String() string {
	switch o.kind {
	case "append":
		return fmt.Sprintf("append to s%d by %d producers (seed %d)", o.stream, o.n, o.seed)
	case "sleep":
		return fmt.Sprintf("sleep %v", o.d)
	case "die":
		return fmt.Sprintf("%s after %d times %s (seed %d)", o.what, o.n, or(o.at, "any operation"), o.seed)
	case "disk faults", "store faults":
		if o.rate == 0 {
			return o.kind + " end"
		}
		return fmt.Sprintf("%s: 1 in %d, %s", o.kind, o.rate, or(o.what, "all kinds"))
	case "change", "bounce":
		return fmt.Sprintf("%s s%d (seed %d)", o.kind, o.stream, o.seed)
	}
	return o.kind
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (p program) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d streams, %+v\n", p.seed, p.streams, p.shape)
	for i := range p.streams {
		fmt.Fprintf(&b, "  s%d: %s\n", i, describe(p.config(i, 0)))
	}
	for i, o := range p.ops {
		fmt.Fprintf(&b, "  %2d %s", i+1, o)
		if o.kind == "change" {
			fmt.Fprintf(&b, " to %s", describe(p.config(o.stream, o.seed)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// The ways in which a process ends.
var deaths = []string{"power cut", "torn power cut", "reordered power cut", "kill"}

var deathPoints = []string{
	"sync", "sync", "write", "write", "syncdir", "rename", "remove", "create", "PutObject", "UploadPart", "CompleteMultipartUpload",
}

var diskKinds = []string{"", "", "", "write", "sync", "rename", "read", "syncdir", "create", "remove", "open", "readdir"}

// generate makes the program of a seed.
func generate(seed uint64) program {
	r := rand.New(rand.NewPCG(seed, 77))
	p := program{seed: seed, streams: 1 + r.IntN(3)}
	p.shape = shape{conditions: r.IntN(4) > 0, refuses: r.IntN(3) == 0, inPlace: r.IntN(3) == 0}
	if r.IntN(5) == 0 {
		p.shape.budget = 50_000 + r.Int64N(200_000)
	}
	if r.IntN(8) == 0 {
		p.shape.space = 200_000 + r.Int64N(400_000)
	}
	for n := 8 + r.IntN(25); len(p.ops) < n; {
		p.ops = append(p.ops, p.step(r)...)
	}
	return p
}

func (p program) step(r *rand.Rand) []op {
	o := op{stream: r.IntN(p.streams), seed: 1 + r.Uint64N(1_000_000)}
	switch n := r.IntN(100); {
	case n < 42:
		o.kind, o.n = "append", 1+r.IntN(4)
	case n < 55:
		o.kind, o.d = "sleep", pick(r, 50*time.Millisecond, time.Second, 5*time.Second, 70*time.Second, 4*time.Minute)
	case n < 69: // a death, what happens until it is noticed, a start
		return p.death(r)
	case n < 74:
		return []op{{kind: "stop"}, {kind: pick(r, "start", "rot, start")}}
	case n < 79 && !p.shape.refuses: // what is refused under an older configuration waits for it, and tells so
		o.kind = "change"
	case n < 82:
		o.kind = "bounce"
	case n < 90:
		o.kind, o.rate = "store faults", pick(r, 0, 1, 2, 4, 8)
		if r.IntN(2) == 0 {
			o.what = storeFaults[r.IntN(len(storeFaults))]
		}
	default:
		o.kind, o.rate = "disk faults", pick(r, 0, 5, 15, 40)
		o.what = diskKinds[r.IntN(len(diskKinds))]
	}
	return []op{o}
}

func (p program) death(r *rand.Rand) []op {
	die := op{kind: "die", what: pick(r, deaths...), n: r.IntN(100), seed: r.Uint64N(1_000_000)}
	switch r.IntN(8) {
	case 0, 1:
		die.n = 0
	case 2, 3, 4, 5: // before or after an operation of one kind
		die.n, die.at = 1+r.IntN(12), pick(r, deathPoints...)
	}
	ops := []op{die}
	for range r.IntN(3) {
		o := op{kind: "append", stream: r.IntN(p.streams), n: 1 + r.IntN(3), seed: 1 + r.Uint64N(1_000_000)}
		if r.IntN(3) == 0 {
			o = op{kind: "sleep", d: pick(r, time.Second, time.Minute)}
		}
		ops = append(ops, o)
	}
	return append(ops, op{kind: pick(r, "start", "start", "start", "rot, start")})
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
