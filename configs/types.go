package configs

import (
	"log/slog"
	"time"

	"hydrant/formats/column"
)

// A Secret is a string that must not be seen. It prints as "(secret)" in every
// way that Go has of printing it; Reveal is for the one call that needs it.
type Secret struct{ value string }

// NewSecret wraps s.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.value }

// IsZero says whether no secret was given.
func (s Secret) IsZero() bool { return s.value == "" }

func (s Secret) String() string               { return "(secret)" }
func (s Secret) GoString() string             { return "(secret)" }
func (s Secret) LogValue() slog.Value         { return slog.StringValue("(secret)") }
func (s Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// UnmarshalText reads what MarshalText wrote: no secret.
func (s *Secret) UnmarshalText([]byte) error { *s = Secret{}; return nil }

// Config is a checked configuration: every default is filled in.
type Config struct {
	Server  Server
	Streams []Stream // in order of name
}

// Server is the server block.
type Server struct {
	Listen     string // host:port of the Firehose and NDJSON API
	Admin      string // host:port of metrics, status and health; loopback; "" turns it off
	DataDir    string // absolute, or relative to the working directory
	MaxDisk    int64  // bytes
	MaxMemory  int64  // bytes
	TLS        *TLS   // nil: plain HTTP
	AccessKeys []AccessKey
	// AllowPlaintext: other machines may be served without TLS.
	AllowPlaintext bool
	Region         string // in ARNs and signatures; default us-east-1
	Account        string // 12 digits, in ARNs and messages; default 000000000000

	MaxConnections int           // default 1024
	HeaderTimeout  time.Duration // default 10s
	BodyTimeout    time.Duration // default 60s
	IdleTimeout    time.Duration // default 120s
	Grace          time.Duration // how long a shutdown may take; default 30s

	Receipts    time.Duration // how long it can be told where a record went; 0: not at all
	ReceiptsMax int64         // bytes that this may take

	Log Log
}

// Log says how the daemon logs.
type Log struct {
	Format string // "text" or "json"
	Level  slog.Level
}

// TLS is the server's tls block.
type TLS struct {
	CertFile, KeyFile string
	ClientCAFile      string // "": clients need no certificate
}

// AccessKey is an access_key block.
type AccessKey struct {
	ID      string
	Secret  Secret
	Streams []string // patterns with * for any text
}

// Stream is a delivery_stream block.
type Stream struct {
	Name        string
	Buffer      Buffer
	Transforms  []Transform
	Schema      *column.Schema // nil: none given
	Format      Format
	PartitionBy []PartitionKey // in order of name; empty: not partitioned
	Destination Destination
	ErrorSink   Destination

	Declared string // where the block stands, "file:line"
}

// Buffer is the buffer block.
type Buffer struct {
	Size     int64         // record bytes at which a segment is sealed
	Interval time.Duration // age of its first record at which it is sealed
	Async    bool          // durability = "async"
	MaxDisk  int64         // bytes of server.max_disk that the stream may take; 0: all
	// For how long, and for how many keys, a repeat with the same key is
	// recognized; Window 0: not at all.
	Window time.Duration
	Keys   int
}

// Transform is one transform block; the field of its kind is set.
type Transform struct {
	Kind      string // "csv_to_json"
	CSVToJSON *CSVToJSON
}

// CSVToJSON is transform "csv_to_json".
type CSVToJSON struct {
	Columns   []string          // names by position; empty: from the header
	Header    bool              // the first line of each record is a header
	Rename    map[string]string // name in the header or Columns -> name in the JSON; unnamed ones become snake_case unless SnakeCase is false
	SnakeCase bool              // "Cost Total $" becomes cost_total; default true
	Delimiter byte              // default ','
	Quote     byte              // default '"'
	EmptyNull bool              // an empty unquoted cell is null; default true
	Skip      []string          // columns left out
}

// Format is the format block.
type Format struct {
	Kind        string // "parquet", "orc", "json", "raw"
	Compression string // parquet: none snappy gzip zstd; orc: none zlib snappy lz4 zstd; json, raw: none gzip zip snappy hadoop_snappy zstd
	Delimiter   string // json: always "\n"; raw: after each record, default ""
	// Parquet only, with Firehose's names (reference: API ParquetSerDe).
	RowGroupBytes int64 // bytes of row data
	PageBytes     int64
	Timestamps    string // "int96", "millis", "micros"

	ORC *ORC // with kind "orc"
}

// Columns says whether the format has typed columns, and so needs a schema.
func (f Format) Columns() bool { return f.Kind == "parquet" || f.Kind == "orc" }

// ORC is what only format "orc" has, with Firehose's names (Firehose API
// reference, OrcSerDe).
type ORC struct {
	StripeBytes            int64
	RowIndexStride         int64 // rows
	CompressionBlockBytes  int64
	BloomFilterColumns     []string
	BloomFilterFPP         float64 // 0 to 1
	DictionaryKeyThreshold float64 // 0 to 1
	FormatVersion          string  // "V0_11", "V0_12"
	EnablePadding          bool
	BlockBytes             int64
	PaddingTolerance       float64 // 0 to 1
}

// PartitionKey is one entry of partition_by.
type PartitionKey struct {
	Name  string
	Query string // jq
}

// Destination is a destination, backup or error_sink block; the field of its
// kind is set.
type Destination struct {
	Kind string // "s3"
	S3   *S3
}

// S3 is an object store: S3, anything that speaks its API, or a directory.
type S3 struct {
	Bucket         string // name, or "file:///absolute/dir"
	Prefix         string // with !{...} expressions, checked
	Extension      string // "" = the format's own; replaces it
	TimeZone       string // IANA name, default UTC
	Endpoint       string // "" = AWS
	Region         string
	PathStyle      bool // default true with an endpoint
	AccessKey      string
	SecretKey      Secret // both empty: the default credential chain
	SSE            string // "", "AES256", "aws:kms"
	KMSKeyID       string
	StorageClass   string
	Tags           map[string]string
	ContentEncoded bool  // set Content-Encoding on compressed text; default false
	PartSize       int64 // multipart from this many bytes on; default 16 MiB
}
