package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hydrant/configs"
	"hydrant/formats/column"
)

// refusedKey is part of the keys that the store never takes.
const refusedKey = "refused"

var schema = &column.Schema{Columns: []column.Column{
	{Name: "n", Type: column.Type{Kind: column.BigInt}},
	{Name: "k", Type: column.Type{Kind: column.String}},
	{Name: "pad", Type: column.Type{Kind: column.String}},
}}

// config is a configuration of stream i, chosen by seed; 0 is the first.
func (p program) config(i int, seed uint64) configs.Stream {
	r := rand.New(rand.NewPCG(p.seed*31+uint64(i), seed))
	name := fmt.Sprintf("s%d", i)
	format := configs.Format{Kind: "json", Compression: pick(r, "none", "none", "gzip")}
	var rows *column.Schema
	switch r.IntN(6) {
	case 0:
		format = configs.Format{Kind: "raw", Compression: "none", Delimiter: "\n"}
	case 1:
		format = configs.Format{Kind: "parquet", Compression: "snappy", Timestamps: "micros", RowGroupBytes: 1 << 20, PageBytes: 1 << 14}
		rows = schema
	}
	prefix := fmt.Sprintf("%s/v%d/", name, seed)
	var keys []configs.PartitionKey
	switch r.IntN(5) {
	case 0, 1:
		keys = []configs.PartitionKey{{Name: "k", Query: ".k"}}
	case 2:
		keys = []configs.PartitionKey{{Name: "k", Query: ".k | ascii_downcase"}}
	}
	if keys != nil {
		prefix += "k=!{partitionKeyFromQuery:k}/"
	}
	return configs.Stream{
		Name: name, Schema: rows, Format: format, PartitionBy: keys,
		Buffer: configs.Buffer{
			Size:     pick[int64](r, 500, 4_000, 30_000, 200_000),
			Interval: pick(r, 0, time.Second, 20*time.Second, time.Minute),
		},
		Destination: configs.Destination{Kind: "s3", S3: &configs.S3{Bucket: "lake", Prefix: prefix, PartSize: pick[int64](r, 4_000, 1<<20)}},
		ErrorSink: configs.Destination{Kind: "s3", S3: &configs.S3{
			Bucket: "errors", Prefix: name + "/!{firehose:error-output-type}/", PartSize: 16 << 10,
		}},
	}
}

func describe(s configs.Stream) string {
	keys := "not partitioned"
	if len(s.PartitionBy) > 0 {
		keys = "partitioned by " + s.PartitionBy[0].Query
	}
	return fmt.Sprintf("%s %s, %s, sealed at %d B or %v, parts of %d B, %s", s.Format.Kind, s.Format.Compression,
		keys, s.Buffer.Size, s.Buffer.Interval, s.Destination.S3.PartSize, s.Destination.S3.Prefix)
}
