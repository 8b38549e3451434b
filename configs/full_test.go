package configs

import (
	"log/slog"
	"path/filepath"
	"time"

	"hydrant/formats/column"
)

// fullConfig is what testdata/full.hcl says.
func fullConfig(dir string) *Config {
	store := S3{
		Bucket: "lake", Prefix: "full/r=!{partitionKeyFromQuery:region}/", Extension: ".pq", TimeZone: "Asia/Seoul",
		Endpoint: "https://s3.example.com", Region: "eu-central-1", PathStyle: true, AccessKey: "AK",
		SecretKey: NewSecret("correct horse of the environment"), SSE: "aws:kms", KMSKeyID: "alias/lake", StorageClass: "STANDARD_IA",
		Tags: map[string]string{"team": "data"}, ContentEncoded: true, PartSize: 8 << 20,
	}
	sink := store
	sink.Bucket, sink.Prefix, sink.Extension = "lake-errors", "!{firehose:error-output-type}/", ".err"
	return &Config{
		Server: Server{
			Listen: "0.0.0.0:1", Admin: "localhost:2", AllowPlaintext: true, DataDir: "/data", MaxDisk: 1 << 40, MaxMemory: 2e9,
			TLS:        &TLS{filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"), filepath.Join(dir, "other.crt")},
			AccessKeys: []AccessKey{{"AKID", NewSecret("correct horse of the environment"), []string{"f*"}}},
			Region:     "eu-west-1", Account: "123456789012", MaxConnections: 7,
			HeaderTimeout: time.Second, BodyTimeout: 2 * time.Second, IdleTimeout: 3 * time.Second, Grace: 4 * time.Second,
			Receipts: 36 * time.Hour, ReceiptsMax: 1 << 30,
			Log: Log{"json", slog.LevelWarn},
		},
		Streams: []Stream{{
			Name:   "full",
			Buffer: Buffer{32 << 20, 90 * time.Minute, true, 10 << 30, time.Hour, 5000},
			Transforms: []Transform{{"csv_to_json", &CSVToJSON{
				Columns: []string{"A", "B", "C"}, Header: true, Rename: map[string]string{"A": "id"}, SnakeCase: true,
				Delimiter: '\t', Quote: '\'', EmptyNull: true, Skip: []string{"C"},
			}}},
			Schema: &column.Schema{Columns: []column.Column{
				{Name: "id", Type: column.Type{Kind: column.String}},
				{Name: "b", Type: column.Type{Kind: column.Decimal, Precision: 10, Scale: 2}},
			}},
			Format:      Format{Kind: "parquet", Compression: "zstd", RowGroupBytes: 2 << 20, PageBytes: 128 << 10, Timestamps: "micros"},
			PartitionBy: []PartitionKey{{"region", ".region"}},
			Destination: Destination{"s3", &store}, ErrorSink: Destination{"s3", &sink},
		}},
	}
}
