package delivery

import (
	"fmt"
	"path"
	"strings"

	"hydrant/buffer"
	"hydrant/delivery/partitions"
)

// partitionsDir is where the runs lie in a stream's directory.
const partitionsDir = "partitions"

// openPartitions recovers what waits in the stream's partitions, and what cuts
// had taken of them.
func (s *stream) openPartitions() error {
	plans, err := s.cutPlans()
	if err != nil {
		return err
	}
	store, excess, err := partitions.Open(partitions.Options{
		FS: s.options.FS, Dir: path.Join(s.dir, partitionsDir), Disk: s.disk, Memory: s.options.memory, Log: s.logger,
	}, partitions.Recovery{
		Pending: s.log.Pending(), Settled: s.log.Settled(), Plans: plans, Balance: s.log.Ledger().Forwarded,
	})
	if err != nil {
		return err
	}
	if excess != (buffer.Counts{}) {
		if err := s.log.Adopt(excess); err != nil {
			store.Close()
			return err
		}
	}
	s.store = store
	return nil
}

// cutPlans returns what the plans of cuts say that are on disk.
func (s *stream) cutPlans() ([]partitions.Planned, error) {
	dir := path.Join(s.dir, "staging")
	names, err := s.options.FS.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var plans []partitions.Planned
	for _, name := range names {
		if !strings.HasPrefix(name, cutPrefix) || strings.HasSuffix(name, refusedSuffix) {
			continue
		}
		p, err := (staging{s.options.FS, path.Join(dir, name)}).read()
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		if p.Cut == nil || cutDir(p.Cut.Seq) != name {
			return nil, fmt.Errorf("delivery: plan in %s is of another batch: %w", path.Join(dir, name), buffer.ErrCorrupt)
		}
		plans = append(plans, partitions.Planned{Taken: p.Cut, Holds: p.Outcome.Forwarded})
	}
	return plans, nil
}
