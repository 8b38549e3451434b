package delivery

import (
	"fmt"
	"time"

	"hydrant/configs"
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
	maxHeld        int64 // bytes of memory for the objects of one segment
	traced         bool  // plans say where each record goes
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
	zone := time.UTC
	if s.TimeZone != "" {
		var err error
		if zone, err = time.LoadLocation(s.TimeZone); err != nil {
			return nil, err
		}
	}
	return destinations.ParsePrefix(s.Prefix, destinations.PrefixOptions{ErrorOutput: errorOutput, Location: zone})
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
