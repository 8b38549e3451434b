package buffer

import (
	"errors"
	"fmt"
	"log/slog"
	"path"
	"sync"
	"time"
)

// Options are what a log is opened with.
type Options struct {
	// Size seals a segment that holds so many bytes of records; 0: no limit.
	Size int64
	// Interval seals a segment whose first record is so old; 0: at once, so
	// that every group commit is a segment.
	Interval time.Duration
	// Async acknowledges after the write and before the fsync, which comes at
	// the latest one second later, and when the segment is sealed. A power cut
	// then loses what was acknowledged since; a crash of the process does not.
	Async bool
	// Consumers are the names of those who read the log, at least one. Each
	// has its own cursor and its own row in the ledger. A segment is deleted
	// when all are done with it.
	Consumers []string
	// Keys says how long a frame's key is remembered.
	Keys KeyLimits
	// Disk is the budget that segments are counted in; nil: none.
	Disk *Disk
	// Log gets what an operator should know; nil: nobody does.
	Log *slog.Logger
	// Syncs, if set, is told after each fsync of records how long it took,
	// failed or not. It is called by whoever appends, one call at a time.
	Syncs func(time.Duration)
}

// syncDelay is how long a record of an asynchronous log may wait for its fsync.
const syncDelay = time.Second

// A Log is the durable buffer of one delivery stream. It is safe for
// concurrent use.
type Log struct {
	fs   FS
	dir  string
	log  *slog.Logger
	disk *Disk
	sync func(time.Duration)
	kept *quarantine
	keys *keyring

	ledgerMu turn // held while the ledger is written; before mu
	ledger   *ledgerFile
	done     []*Segment // done by all, file not yet deleted; guarded by ledgerMu

	mu        sync.Mutex
	size      int64
	interval  time.Duration
	async     bool
	queue     []*request
	leading   bool         // somebody is the leader
	stopped   bool         // no more appends
	closing   bool         // and no more commands
	closed    bool         // and nobody leads
	open      *openSegment // nil: the next append makes one
	seq       uint64       // of the newest segment
	lastID    SegmentID    // of the newest segment
	lastTime  int64        // newest arrival, unix ns
	share     int64        // of disk
	consumers map[string]*Consumer
	order     []*Consumer
	changed   chan struct{} // closed and replaced when a consumer may go on
	stats     Stats
	sealTimer *time.Timer
	syncTimer *time.Timer
	timers    sync.WaitGroup // of timers that have fired

	closeOnce sync.Once
	closeErr  error
}

// Stats counts what a log did since it was opened.
type Stats struct {
	Appends  int64 // frames acknowledged
	Records  int64 // in them
	Bytes    int64 // of those records
	Groups   int64 // commits that held them
	Failures int64 // commits that failed
	Sealed   int64 // segments, with those that recovery sealed
	Damaged  int64 // damaged places that recovery met
	Repeats  int64 // frames that were not stored since their key was known
	Open     Counts
	OpenAge  time.Duration // since the first record of the open segment
}

// Stats returns the counters of the log.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	l.keys.mu.Lock()
	s.Repeats = l.keys.repeats
	l.keys.mu.Unlock()
	if l.open != nil {
		s.Open, s.OpenAge = l.open.acked.Counts, time.Since(l.open.born)
	}
	return s
}

// Open opens the log in dir, which it creates durably if it is missing, and
// recovers what an earlier process left there. Every segment that holds
// records is sealed afterwards. It takes no lock: that is for the owner of the
// data directory.
//
// It returns an error that is [ErrVersion] if a newer release wrote the log,
// and touches nothing then; and [ErrCorrupt] if the ledger is damaged.
// Damaged segments are no error: see [DamageError].
func Open(fs FS, dir string, o Options) (*Log, error) {
	l := &Log{
		fs: fs, dir: dir, log: o.Log, disk: o.Disk, sync: o.Syncs,
		kept: &quarantine{fs: fs, dir: path.Join(dir, quarantineDir)},
		keys: newKeyring(fs, dir, o.Keys),
		size: o.Size, interval: o.Interval, async: o.Async,
		consumers: make(map[string]*Consumer),
		changed:   make(chan struct{}),
		ledgerMu:  newTurn(),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.sync == nil {
		l.sync = func(time.Duration) {}
	}
	if err := l.addConsumers(o.Consumers); err != nil {
		return nil, fmt.Errorf("buffer: open %s: %w", dir, err)
	}
	if err := l.recover(); err != nil {
		l.disk.Free(l.share)
		return nil, fmt.Errorf("buffer: open %s: %w", dir, err)
	}
	return l, nil
}

// maxName is the longest name of a consumer, in bytes.
const maxName = 256

func (l *Log) addConsumers(names []string) error {
	if len(names) == 0 {
		return errors.New("a log needs a consumer, or it would delete what it holds")
	}
	for _, name := range names {
		if name == "" || len(name) > maxName || l.consumers[name] != nil {
			return fmt.Errorf("consumer name %.80q is empty, given twice, or longer than %d bytes", name, maxName)
		}
		c := &Consumer{log: l, name: name, out: make(map[*Segment]struct{})}
		l.consumers[name] = c
		l.order = append(l.order, c)
	}
	return nil
}

// Consumer returns the consumer of that name, or nil if it is none of
// [Options.Consumers].
func (l *Log) Consumer(name string) *Consumer { return l.consumers[name] }

// SetLimits changes the thresholds, also for the open segment.
func (l *Log) SetLimits(size int64, interval time.Duration, async bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size, l.interval, l.async = size, interval, async
	if l.open != nil && l.open.acked.Records > 0 {
		l.armSeal()
	}
}

// SetKeyLimits changes how long keys are remembered.
func (l *Log) SetKeyLimits(limits KeyLimits) { l.keys.setLimits(limits) }

// StopAppends makes every further Append return [ErrClosed]. Those that have
// begun finish.
func (l *Log) StopAppends() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// Seal seals the open segment now if it holds records. It returns an error if
// that could not be made durable; the segment is handed out even so.
func (l *Log) Seal() error {
	return l.command(&request{seal: true})
}

// Close stops appends, waits for those that have begun, and syncs what is not
// yet. Everything stays on disk, where the next Open finds it; the bytes no
// longer count in the [Disk]. Consumers can still take and finish what is
// sealed; after that Next returns [ErrClosed].
func (l *Log) Close() error {
	l.closeOnce.Do(func() { l.closeErr = l.close() })
	return l.closeErr
}

func (l *Log) close() error {
	l.mu.Lock()
	l.stopped, l.closing = true, true
	l.mu.Unlock()
	err := l.command(&request{close: true})

	l.mu.Lock()
	l.closed = true
	l.stopTimers()
	l.disk.Free(l.share)
	l.share = 0
	l.broadcast()
	l.mu.Unlock()
	l.timers.Wait()
	l.ledgerMu.Lock()
	defer l.ledgerMu.Unlock()
	return errors.Join(err, l.keys.journal.Close())
}

// forceDisk takes n bytes of the budget, or gives them back if n is negative.
// A log that is closed holds none.
func (l *Log) forceDisk(n int64) {
	if l.closed {
		return
	}
	l.disk.Force(n)
	l.share += n
}

// broadcast wakes those who wait in Next. The caller holds mu.
func (l *Log) broadcast() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// segmentName returns the name of a segment's file; the names sort by number.
func segmentName(seq uint64) string { return fmt.Sprintf("%020d%s", seq, segmentSuffix) }

const segmentSuffix = ".seg"
