package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"hydrant/configs"
	"hydrant/delivery"
	"hydrant/destinations"
	"hydrant/destinations/file"
	"hydrant/destinations/s3"
	"hydrant/sources/auth"
	"hydrant/transform"
)

// What a configuration can name, and who makes it.
var (
	destinationKinds = map[string]func(context.Context, configs.Destination, *slog.Logger) (destinations.Destination, error){
		"s3": newS3,
	}
	transformKinds = map[string]func(configs.Transform) (transform.Transform, error){
		"csv_to_json": newCSVToJSON,
	}
)

// buildParts makes what a stream consists of besides its log. It connects to
// nothing.
func (d *Daemon) buildParts(ctx context.Context, s configs.Stream) (p delivery.Parts, err error) {
	log := d.log.With("stream", s.Name)
	if p.Transform, p.Fields, err = newTransform(s); err != nil {
		return p, err
	}
	if p.Destination, err = newDestination(ctx, s.Destination, log); err != nil {
		return p, fmt.Errorf("destination: %w", err)
	}
	if p.ErrorSink, err = newDestination(ctx, s.ErrorSink, log); err != nil {
		return p, fmt.Errorf("error sink: %w", err)
	}
	return p, nil
}

func newDestination(ctx context.Context, c configs.Destination, log *slog.Logger) (destinations.Destination, error) {
	make, ok := destinationKinds[c.Kind]
	if !ok {
		return nil, fmt.Errorf("kind %q is not known", c.Kind)
	}
	return make(ctx, c, log)
}

// newS3 makes an object store: a directory when the bucket is a file URL.
func newS3(ctx context.Context, c configs.Destination, log *slog.Logger) (destinations.Destination, error) {
	s := c.S3
	if file.IsBucket(s.Bucket) {
		return file.New(s.Bucket)
	}
	return s3.New(ctx, s3.Options{
		Bucket: s.Bucket, Endpoint: s.Endpoint, Region: s.Region, PathStyle: s.PathStyle,
		AccessKey: s.AccessKey, SecretKey: s.SecretKey.Reveal(),
		SSE: s.SSE, KMSKeyID: s.KMSKeyID, StorageClass: s.StorageClass, Tags: s.Tags,
		ContentEncoded: s.ContentEncoded, PartSize: s.PartSize, Log: log,
	})
}

// newTransform makes the chain of a stream's transforms. Where it ends in one
// that knows its columns and goes on to typed ones, cells are handed over as
// they are, without a detour through JSON text.
func newTransform(s configs.Stream) (transform.Transform, []string, error) {
	if len(s.Transforms) == 0 {
		return nil, nil, nil
	}
	var steps []transform.Transform
	for _, c := range s.Transforms {
		make, ok := transformKinds[c.Kind]
		if !ok {
			return nil, nil, fmt.Errorf("transform: kind %q is not known", c.Kind)
		}
		step, err := make(c)
		if err != nil {
			return nil, nil, err
		}
		steps = append(steps, step)
	}
	chain := transform.NewChain(steps)
	if s.Format.Columns() && s.Schema != nil && emitCells(chain, s) {
		return chain, chain.Fields(), nil
	}
	return chain, nil, nil
}

// emitCells asks the chain for the cells that the schema and the partition
// keys need, if it can give them.
func emitCells(chain *transform.Chain, s configs.Stream) bool {
	want, ok := neededCells(s)
	if !ok {
		if chain.Fields() == nil {
			return false
		}
		chain.EmitFields(true)
		return true
	}
	return chain.SelectFields(want)
}

// neededCells returns the columns of the schema and those that partition keys
// name; false when a key is a program that could look at any column.
func neededCells(s configs.Stream) ([]string, bool) {
	var want []string
	has := make(map[string]bool)
	for _, c := range s.Schema.Columns {
		want, has[c.Name] = append(want, c.Name), true
	}
	for _, key := range s.PartitionBy {
		name, ok := strings.CutPrefix(strings.TrimSpace(key.Query), ".")
		if !ok || !isName(name) {
			return nil, false
		}
		if !has[name] {
			want, has[name] = append(want, name), true
		}
	}
	return want, true
}

// isName says whether s is one step of a jq path, such as state in .state.
func isName(s string) bool {
	for i, c := range s {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func newCSVToJSON(c configs.Transform) (transform.Transform, error) {
	o := c.CSVToJSON
	return transform.NewCSVToJSON(transform.CSVOptions{
		Columns: o.Columns, Header: o.Header, Rename: o.Rename, SnakeCase: o.SnakeCase,
		Delimiter: o.Delimiter, Quote: o.Quote, EmptyNull: o.EmptyNull, Skip: o.Skip,
	})
}

// newVerifier returns what checks signatures; nil when there are no keys.
func newVerifier(region string, keys []configs.AccessKey) *auth.Verifier {
	if len(keys) == 0 {
		return nil
	}
	var all []auth.Key
	for _, k := range keys {
		all = append(all, auth.Key{ID: k.ID, Secret: k.Secret.Reveal(), Streams: k.Streams})
	}
	return auth.NewVerifier(region, all, nil)
}
