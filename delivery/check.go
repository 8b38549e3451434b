package delivery

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"hydrant/buffer"
)

// A Finding is something in a stream's directory that is not as it should be,
// or that an operator may want to know.
type Finding struct {
	Damage  bool   `json:"damage"`            // false: only a remark
	Where   string `json:"where"`             // file or directory
	Offset  int64  `json:"offset,omitempty"`  // in bytes
	Size    int64  `json:"size,omitempty"`    // of the damaged part
	What    string `json:"what"`              // in words
	Records int64  `json:"records,omitempty"` // that it affects
	Then    string `json:"then"`              // what will happen
}

// Check looks for damage in the directory of one stream: in its log, its ledger
// and what is staged. It reads every byte, changes nothing and takes no lock.
func Check(fsys buffer.FS, dir string) ([]Finding, error) {
	c := &checker{fs: fsys, dir: dir}
	log := path.Join(dir, "log")
	ledger, err := buffer.InspectLedger(fsys, log)
	switch {
	case errors.Is(err, buffer.ErrCorrupt):
		c.damage(path.Join(log, "ledger"), err.Error(), "the stream does not start before the file is restored or moved away")
	case err != nil:
		return nil, err
	}
	stored, err := inspectLog(fsys, log)
	if err != nil {
		return nil, err
	}
	c.ledger(path.Join(log, "ledger"), ledger, len(stored))
	for i, s := range stored {
		if i > 0 {
			c.gap(log, ledger, stored[i-1].Info().Seq, s.Info().Seq)
		}
		if err := c.segment(s, i == len(stored)-1, ledger.Done(s.Info().Seq)); err != nil {
			return nil, err
		}
	}
	if err := c.staged(stored, ledger); err != nil {
		return nil, err
	}
	runs := path.Join(dir, partitionsDir)
	return c.found, errors.Join(c.quarantine(path.Join(log, "quarantine")), c.runs(runs), c.leftovers(log, runs), c.leaving())
}

type checker struct {
	fs    buffer.FS
	dir   string
	found []Finding
}

func (c *checker) damage(where, what, then string) *Finding {
	c.found = append(c.found, Finding{Damage: true, Where: where, What: what, Then: then})
	return &c.found[len(c.found)-1]
}

func (c *checker) remark(where, what, then string) {
	c.found = append(c.found, Finding{Where: where, What: what, Then: then})
}

func (c *checker) ledger(file string, l buffer.StoredLedger, segments int) {
	if l.Missing && segments > 0 {
		c.damage(file, "the ledger is missing", "the account starts anew; segments that were done and not deleted are delivered again under the same names")
	}
	if l.Torn {
		c.remark(file, "the last line is torn", "it was never confirmed: it is cut, and its segment is delivered again under the same names")
	}
}

// gap tells numbers between two segments that nothing accounts for.
func (c *checker) gap(log string, l buffer.StoredLedger, before, after uint64) {
	for seq := before + 1; seq < after && seq < before+100; seq++ {
		switch {
		case l.Done(seq):
		case seq < l.Newest:
			c.remark(log, fmt.Sprintf("there is no segment %d", seq), "most likely it was delivered: a later one was")
		default:
			c.damage(log, fmt.Sprintf("there is no segment %d, and the ledger does not know it: its file was lost, unless it never held a record", seq),
				"nothing: what it held is not in the account any more")
		}
	}
}

// segment reads all of one segment.
func (c *checker) segment(s buffer.StoredSegment, newest, done bool) error {
	switch {
	case done:
		c.remark(s.Path, "the segment is done and not deleted yet", "the next start deletes it")
		return nil
	case s.Lost && s.Size == 0:
		c.remark(s.Path, "the file is empty", "nothing was accepted into it: the next start deletes it")
		return nil
	case s.Lost:
		f := c.damage(s.Path, "header and footer are damaged, so its identity is lost",
			"if it held records, the next start keeps the file in quarantine, and they are archived as buffer-damaged")
		f.Size = s.Size
		return nil
	case s.HeaderDamaged:
		c.damage(s.Path, "the header is damaged; the footer is whole", "no record is affected").Size = s.Size
	case s.FooterDamaged:
		c.damage(s.Path, "the footer is damaged", "the next start scans the segment and seals it anew; no record is affected")
	case !s.Sealed && !newest:
		c.remark(s.Path, "the segment is not sealed, and not the newest", "it was given up after a failed write; the next start seals it")
	}
	if s.Torn > 0 && !s.FooterDamaged {
		c.remark(s.Path, fmt.Sprintf("%d bytes behind the last whole frame", s.Torn),
			"being written this moment, or torn by a crash and never acknowledged: the next start cuts them")
	}
	return c.frames(s)
}

func (c *checker) frames(s buffer.StoredSegment) error {
	r, err := s.Reader()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // delivered meanwhile
	}
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		_, err := r.Next()
		var damage *buffer.DamageError
		switch {
		case errors.As(err, &damage):
			f := c.damage(s.Path, "a frame does not match its checksum, or is missing",
				"its bytes go to quarantine, its records are archived as buffer-damaged, the rest is delivered")
			f.Offset, f.Size, f.Records = damage.Offset, damage.Size, damage.Records
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("delivery: check %s: %w", s.Path, err)
		}
	}
}

// staged looks at what is prepared for delivery.
func (c *checker) staged(stored []buffer.StoredSegment, l buffer.StoredLedger) error {
	pending := make(map[string]bool)
	for _, s := range stored {
		pending[s.Info().ID.String()] = !l.Done(s.Info().Seq)
	}
	dir := path.Join(c.dir, "staging")
	names, err := c.fs.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("delivery: check: %w", err)
	}
	for _, name := range names {
		st := staging{c.fs, path.Join(dir, name)}
		p, err := st.load()
		switch gone := c.gone(st); {
		case gone: // delivered meanwhile
		case !pending[strings.TrimSuffix(name, refusedSuffix)] && !cutPending(name, l):
			c.remark(st.dir, "staged files of a segment that is not pending", "the next start deletes them")
		case err != nil && p != nil:
			c.damage(st.dir, err.Error(), "the segment is not delivered before the file is restored; delete the directory while no daemon runs, and it is prepared again")
		case err != nil:
			c.damage(st.dir, err.Error(), "the segment is not delivered; delete the directory while no daemon runs, and it is prepared again")
		case p == nil:
			c.remark(st.dir, "staged files without a plan", "being prepared, or left by a crash: they are made again")
		}
	}
	return nil
}

// cutPending says whether name is the staging directory of a cut that is not
// settled.
func cutPending(name string, l buffer.StoredLedger) bool {
	number, ok := strings.CutPrefix(strings.TrimSuffix(name, refusedSuffix), cutPrefix)
	seq, err := strconv.ParseUint(number, 10, 64)
	return ok && err == nil && seq > l.Settled()
}

// gone says whether a staging directory was deleted since it was listed.
func (c *checker) gone(st staging) bool {
	names, err := c.fs.ReadDir(st.dir)
	return err == nil && len(names) == 0
}

func (c *checker) quarantine(dir string) error {
	names, err := c.fs.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("delivery: check: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".json") {
			c.damage(path.Join(dir, name), "damage that was found earlier", "its records are archived already, or when the segment is delivered; the report and the bytes beside it are for a person, who may delete them")
		}
	}
	return nil
}

// runs tells of runs of partitions that were damaged. What is in the others is
// checked when it is read.
func (c *checker) runs(dir string) error {
	aside := path.Join(dir, "quarantine")
	names, err := c.fs.ReadDir(aside)
	if err != nil {
		return fmt.Errorf("delivery: check: %w", err)
	}
	for _, name := range names {
		c.damage(path.Join(aside, name), "a run of partitions that was damaged",
			"its records are archived already, or when their partition is cut; the file is for a person, who may delete it")
	}
	return nil
}

func (c *checker) leftovers(log, runs string) error {
	for _, dir := range []string{log, c.dir, runs} {
		names, err := c.fs.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("delivery: check: %w", err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, ".tmp") {
				c.remark(path.Join(dir, name), "a file that was being written", "it is written again or deleted")
			}
		}
	}
	return nil
}

// leaving checks the small files beside the log.
func (c *checker) leaving() error {
	if _, err := loadLeaving(c.fs, c.dir); err != nil {
		c.damage(path.Join(c.dir, leavingFile), err.Error(), "the removed stream is not drained: add it to the configuration again")
	}
	return nil
}
