package simulation

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"sync"
	"testing/synctest"
	"time"

	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/configs"
	"hydrant/delivery"
	"hydrant/destinations"
	"hydrant/destinations/s3"
)

const dataDir = "/data"

// A world is one run of a program: the disk and the store, the process that
// runs on them, and what the producers know.
type world struct {
	p      program
	bent   *mutant           // nil: the product as it is
	reseed func(seed uint64) // makes crypto/rand begin anew
	frames []*frame
	next   int // number of the next value
	shape  []configs.Stream
	hub    *delivery.Hub // nil: no process runs
	budget *buffer.Disk

	mu        sync.Mutex // guards what follows, disk and store; nobody waits with it
	fs        *buffertest.FS
	on        *process
	store     *store
	fuse      int    // operations until the process dies; negative: it doesn't
	fuseOn    string // only those of this kind count; "": all
	death     string // how
	deathSeed uint64
	diskRate  int // one in so many operations fails; 0: none
	diskKinds string
	storeRate int
	storeKind string
	values    map[int]*value    // all that were sent, by number
	rolls     map[string]uint64 // how often each operation came
	counts    map[string]int
	traced    uint64 // hash of all operations in their order
	seen      findings
	reordered bool // a power cut wrote later blocks and lost earlier ones
}

// A process is one life of the product.
type process struct {
	dead     bool
	starting bool // or a stream of it
}

func newWorld(p program, bent *mutant, reseed func(uint64)) *world {
	w := &world{
		p: p, bent: bent, reseed: reseed, fs: buffertest.NewFS(), fuse: -1, on: &process{dead: true},
		values: make(map[int]*value), rolls: make(map[string]uint64), counts: make(map[string]int), seen: newFindings(p.streams),
	}
	w.store = &store{w: w, objects: make(map[string]*stored), uploads: make(map[string]*upload), conditions: p.shape.conditions}
	for i := range p.streams {
		w.shape = append(w.shape, p.config(i, 0))
	}
	w.settle(w.fs)
	return w
}

// settle makes fs the world's disk.
func (w *world) settle(fs *buffertest.FS) {
	w.fs = fs
	fs.Decide(w.diskFault)
	fs.Limit(w.p.shape.space)
}

func (w *world) count(what string) { w.counts[what]++ }

func (w *world) trace(kind, name string) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%x %s %s", w.traced, kind, name)
	w.traced = h.Sum64()
}

// roll returns a number that depends on the seed, the operation, and how often
// it came, and on nothing else.
func (w *world) roll(world, kind, name string) uint64 {
	key := world + kind + name
	w.rolls[key]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", w.p.seed, key, w.rolls[key])
	x := h.Sum64()
	x ^= x >> 33 // FNV's low bits are not mixed well
	x *= 0xff51afd7ed558ccd
	return x ^ x>>29
}

// tick says whether a process is dead, and lets it die when its time has come.
// The caller holds mu.
func (w *world) tick(on *process, kind string) (dead bool) {
	if on.dead || w.fuse < 0 || w.fuseOn != "" && w.fuseOn != kind {
		return on.dead
	}
	if w.fuse--; w.fuse < 0 {
		w.die()
	}
	return on.dead
}

// die ends the process and leaves the disk that the next one finds. The caller
// holds mu.
func (w *world) die() {
	w.count("death: " + w.death)
	w.fuse, w.on.dead = -1, true
	switch w.death {
	case "power cut":
		w.settle(w.fs.Crash())
	case "torn power cut":
		w.settle(w.fs.CrashTorn(w.deathSeed))
	case "reordered power cut":
		w.settle(w.fs.CrashReordered(w.deathSeed))
		w.reordered = true
	default:
		w.settle(w.fs.Kill())
	}
}

func (w *world) dead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.on.dead
}

const patience = 10 * time.Minute

// starting says that the process starts, or a stream of it, or that it has.
func (w *world) starting(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on.starting = yes
}

// start starts a process. If that fails, none runs.
func (w *world) start() error {
	defer w.starting(false)
	// What the process before did in its last moments, and how long, changes
	// nothing of what this one does.
	time.Sleep(time.Until(time.Now().Truncate(10 * time.Second).Add(10 * time.Second)))
	w.mu.Lock()
	w.reseed(w.p.seed<<16 + uint64(w.counts["starts"]))
	w.on = &process{starting: true}
	w.count("starts")
	d := &disk{w, w.on, w.fs}
	var fsys buffer.FS = d
	if w.p.shape.space > 0 {
		fsys = sizedDisk{d}
	}
	if w.bent != nil && w.bent.restart != nil {
		w.bent.restart(w.fs)
	}
	if w.bent != nil && w.bent.disk != nil {
		fsys = &bentDisk{fsys, w.bent.disk(fsys)}
	}
	net := &network{w, w.on}
	w.mu.Unlock()
	w.budget = buffer.NewDisk(w.p.shape.budget)
	o := delivery.Options{
		FS: fsys, DataDir: dataDir, Disk: w.budget,
		Build: func(ctx context.Context, s configs.Stream) (delivery.Parts, error) { return w.parts(ctx, s, net) },
	}
	if w.bent != nil && w.bent.options != nil {
		w.bent.options(&o)
	}
	hub, err := delivery.Open(o)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.on.dead = true
		return err
	}
	w.hub = hub
	for _, s := range w.shape {
		if err := hub.Start(context.Background(), s); err != nil {
			return errors.Join(err, w.stop())
		}
	}
	return nil
}

func (w *world) parts(ctx context.Context, s configs.Stream, net http.RoundTripper) (p delivery.Parts, err error) {
	if w.bent != nil && w.bent.network != nil {
		net = w.bent.network(net)
	}
	make := func(c configs.Destination) (destinations.Destination, error) {
		return s3.New(ctx, s3.Options{
			Bucket: c.S3.Bucket, Endpoint: "http://s3.invalid", PathStyle: true, AccessKey: "AKID", SecretKey: "secret",
			PartSize: c.S3.PartSize, SmallParts: true, HTTPClient: &http.Client{Transport: net},
		})
	}
	if p.Destination, err = make(s.Destination); err != nil {
		return p, err
	}
	if p.ErrorSink, err = make(s.ErrorSink); err != nil {
		return p, err
	}
	if w.bent != nil && w.bent.parts != nil {
		p = w.bent.parts(p)
	}
	return p, nil
}

// stop ends the process in good order, or what is left of a dead one.
func (w *world) stop() error {
	if w.hub == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := w.hub.Close(ctx)
	w.hub = nil
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on.dead = true
	return err
}

// bury takes away a process that died.
func (w *world) bury() {
	if w.hub != nil && w.dead() {
		_ = w.stop() // it can do nothing any more, and says so
	}
}

// run runs the program and returns what is wrong.
func (w *world) run() error {
	if err := w.start(); err != nil {
		return fmt.Errorf("first start: %w", err)
	}
	for i, o := range w.p.ops {
		w.do(o)
		w.bury()
		if err := w.moment(); err != nil {
			return fmt.Errorf("after step %d, %v: %w", i+1, o, err)
		}
	}
	return w.finish()
}

func (w *world) do(o op) {
	switch o.kind {
	case "sleep":
		time.Sleep(o.d)
	case "die":
		w.mu.Lock()
		defer w.mu.Unlock()
		w.fuse, w.fuseOn, w.death, w.deathSeed = o.n, o.at, o.what, o.seed
		if o.n == 0 && !w.on.dead {
			w.die()
		}
	case "disk faults":
		w.mu.Lock()
		defer w.mu.Unlock()
		w.diskRate, w.diskKinds = o.rate, o.what
	case "store faults":
		w.mu.Lock()
		defer w.mu.Unlock()
		w.storeRate, w.storeKind = o.rate, o.what
	case "stop":
		_ = w.stop() // under faults it may say what it could not do; what is on the disk counts
	case "start", "rot, start":
		w.restart(o)
	default:
		if w.hub != nil {
			w.doWithHub(o)
		}
	}
}

// restart lets a process that should have died die, and starts one if none
// runs. Under faults that may fail; then none runs until the next try.
func (w *world) restart(o op) {
	w.mu.Lock()
	if w.fuse >= 0 && !w.on.dead {
		w.die()
	}
	w.fuse = -1
	w.mu.Unlock()
	w.bury()
	if w.hub != nil {
		return
	}
	if o.kind == "rot, start" {
		w.rot()
	}
	if err := w.start(); err != nil {
		w.mu.Lock()
		w.count("starts that failed")
		w.mu.Unlock()
	}
}

func (w *world) doWithHub(o op) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s := w.p.config(o.stream, o.seed)
	switch o.kind {
	case "append":
		w.append(o)
	case "change":
		w.shape[o.stream] = s // the operator's file says so, whether or not it worked
		w.mu.Lock()
		w.count("changes of configuration")
		w.mu.Unlock()
		_ = w.hub.Change(ctx, s)
	case "bounce":
		w.mu.Lock()
		w.count("streams stopped and started")
		w.mu.Unlock()
		s = w.shape[o.stream]
		err := w.hub.Stop(ctx, s.Name)
		if err == nil {
			w.starting(true)
			err = w.hub.Start(ctx, s)
			w.starting(false)
		}
		if err != nil {
			_ = w.stop()
		}
	}
}

// finish ends all faults, lets everything be delivered, and checks.
func (w *world) finish() error {
	w.mu.Lock()
	w.diskRate, w.storeRate, w.fuse = 0, 0, -1
	w.fs.Limit(0)
	w.mu.Unlock()
	if w.hub != nil && !w.p.shape.inPlace {
		_ = w.stop()
	}
	if w.hub == nil {
		if err := w.start(); err != nil {
			return fmt.Errorf("no start after all faults ended: %w", err)
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	time.Sleep(time.Minute) // what is late comes
	if err := errors.Join(w.moment(), w.check()); err != nil {
		return err
	}
	return w.checkNextStart()
}

func (w *world) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	err := w.hub.Flush(ctx, "")
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no progress within an hour after the faults ended: %+v", w.hub.Status())
	}
	if err != nil {
		return fmt.Errorf("after the faults ended: %w", err)
	}
	return nil
}

// checkNextStart checks that a process that starts with nothing to do agrees
// with the one before. It may find appends that failed and whose bytes are on
// the disk nevertheless; they are delivered once, as everything else.
func (w *world) checkNextStart() error {
	before := w.ledgers()
	if err := w.stop(); err != nil {
		return fmt.Errorf("last stop: %w", err)
	}
	if used := w.budget.Used(); used != 0 {
		return fmt.Errorf("after the last stop %d bytes of the disk's budget are in use, want 0", used)
	}
	if err := w.start(); err != nil {
		return fmt.Errorf("last start: %w", err)
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("after one more start: %w", err)
	}
	time.Sleep(time.Minute) // files are deleted after the ledger has them
	synctest.Wait()
	for name, after := range w.ledgers() {
		if was := before[name]; after.In < was.In || after.Delivered < was.Delivered || after.Archived < was.Archived {
			return fmt.Errorf("after one more start the ledger has %s %+v, and before %+v", name, after, was)
		}
	}
	if used := w.budget.Used(); used != 0 {
		return fmt.Errorf("after one more start %d bytes of the disk's budget are in use, want 0", used)
	}
	if err := errors.Join(w.moment(), w.check(), w.leftovers()); err != nil {
		return fmt.Errorf("after one more start: %w", err)
	}
	return w.stop()
}

func (w *world) ledgers() map[string]delivery.Amounts {
	all := make(map[string]delivery.Amounts)
	for _, s := range w.hub.Status().Streams {
		all[s.Name+" records"], all[s.Name+" bytes"] = s.Records, s.Bytes
	}
	return all
}
