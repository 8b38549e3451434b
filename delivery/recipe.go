package delivery

import (
	"fmt"
	"time"

	"hydrant/configs"
	"hydrant/delivery/partitions"
	"hydrant/destinations"
	"hydrant/formats"
	"hydrant/formats/orc"
)

// A recipe is how segments become objects: a stream's configuration in the
// form that preparing needs. It does not change; a changed configuration makes
// another one.
type recipe struct {
	config         configs.Stream
	version        int
	parts          Parts
	prefix         *destinations.Prefix
	errorPrefix    *destinations.Prefix
	extension      string // of objects, such as ".parquet"
	errorExtension string
	maxHeld        int64             // bytes of memory for one preparation
	rules          *partitions.Rules // nil: not partitioned
	traced         bool              // plans say where each record goes
}

func newRecipe(s configs.Stream, version int, parts Parts, maxHeld int64) (*recipe, error) {
	r := &recipe{config: s, version: version, parts: parts, maxHeld: maxHeld}
	if s.Destination.S3 == nil || s.ErrorSink.S3 == nil {
		return nil, fmt.Errorf("delivery: stream %s: a destination and an error sink of kind s3 are needed", s.Name)
	}
	var err error
	if r.prefix, err = parsePrefix(s.Destination.S3, false); err != nil {
		return nil, fmt.Errorf("delivery: stream %s: destination: %w", s.Name, err)
	}
	if r.errorPrefix, err = parsePrefix(s.ErrorSink.S3, true); err != nil {
		return nil, fmt.Errorf("delivery: stream %s: error sink: %w", s.Name, err)
	}
	r.rules = partitionRules(s, version, parts)
	r.extension = s.Destination.S3.Extension
	if r.extension == "" {
		r.extension = formats.Extension(s.Format.Kind, s.Format.Compression)
	}
	r.errorExtension = s.ErrorSink.S3.Extension
	if r.errorExtension == "" {
		r.errorExtension = ".ndjson"
	}
	return r, nil
}

func parsePrefix(s *configs.S3, errorOutput bool) (*destinations.Prefix, error) {
	zone, err := location(s.TimeZone)
	if err != nil {
		return nil, err
	}
	return destinations.ParsePrefix(s.Prefix, destinations.PrefixOptions{ErrorOutput: errorOutput, Location: zone})
}

// location returns the zone of that name; "" is UTC.
func location(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	return time.LoadLocation(name)
}

// partitionRules returns what the stream's rows are split by, or nil.
func partitionRules(s configs.Stream, version int, parts Parts) *partitions.Rules {
	if len(s.PartitionBy) == 0 {
		return nil
	}
	r := &partitions.Rules{
		Prefix: s.Destination.S3.Prefix, TimeZone: s.Destination.S3.TimeZone, Version: version, Fields: parts.Fields,
	}
	for _, k := range s.PartitionBy {
		r.Keys = append(r.Keys, k.Name)
	}
	return r
}

// What a parent segment of a partitioned stream holds at most, and how long
// its first record may wait to be split. Parents are not objects: they are
// sealed early, so that partitions are old enough when their time comes.
const (
	parentBytes    = 32 << 20
	parentInterval = time.Minute
)

// segmentLimits returns when segments of the stream are sealed.
func segmentLimits(s configs.Stream) (size int64, interval time.Duration) {
	if len(s.PartitionBy) == 0 {
		return s.Buffer.Size, s.Buffer.Interval
	}
	return min(s.Buffer.Size, parentBytes), min(s.Buffer.Interval/8, parentInterval)
}

func orcOptions(o *configs.ORC) orc.Options {
	if o == nil {
		return orc.Options{}
	}
	return orc.Options{
		StripeBytes: o.StripeBytes, RowIndexStride: o.RowIndexStride, CompressionBlockBytes: o.CompressionBlockBytes,
		BloomFilterColumns: o.BloomFilterColumns, BloomFilterFPP: o.BloomFilterFPP,
		DictionaryKeyThreshold: o.DictionaryKeyThreshold, FormatVersion: o.FormatVersion,
		EnablePadding: o.EnablePadding, BlockBytes: o.BlockBytes, PaddingTolerance: o.PaddingTolerance,
	}
}
