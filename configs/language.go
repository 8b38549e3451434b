package configs

// The language: every block and argument there is. The decoder, its messages
// and the test of docs/config.md all read these tables.

var rootSpec = &blockSpec{
	nests: []*nestSpec{
		{typ: "server", example: `server { ... }`, kinds: []*blockSpec{serverSpec}},
		{typ: "delivery_stream", label: "name", many: true, required: true, example: `delivery_stream "clicks" { ... }`, kinds: []*blockSpec{streamSpec}},
		{typ: "variable", label: "name", many: true, example: `variable "bucket" { ... }`, kinds: []*blockSpec{variableSpec}},
		{typ: "locals", many: true, example: `locals { ... }`, kinds: []*blockSpec{localsSpec}},
	},
	later: []string{"test"},
}

var serverSpec = &blockSpec{
	args: []*argSpec{
		{name: "listen", kind: textArg, def: "127.0.0.1:4573"},
		{name: "admin", kind: textArg, def: "127.0.0.1:4574"},
		{name: "allow_plaintext", kind: flagArg, def: "false"},
		{name: "data_dir", kind: textArg, def: "./hydrant-data"},
		{name: "max_disk", kind: sizeArg, def: "50GiB", min: "64MiB", max: "1024TiB"},
		{name: "max_memory", kind: sizeArg, def: "512MiB", min: "64MiB", max: "64TiB"},
		{name: "region", kind: textArg, def: "us-east-1"},
		{name: "account", kind: textArg, def: "000000000000"},
		{name: "max_connections", kind: countArg, def: "1024", min: "1", max: "1000000"},
		{name: "header_timeout", kind: durationArg, def: "10s", min: "1s", max: "10m"},
		{name: "body_timeout", kind: durationArg, def: "60s", min: "1s", max: "1h"},
		{name: "idle_timeout", kind: durationArg, def: "120s", min: "1s", max: "1h"},
		{name: "shutdown_grace", kind: durationArg, def: "30s", min: "0s", max: "1h"},
		{name: "receipts", kind: ageArg, def: "7d", min: "0s", max: "366d"},
		{name: "receipts_max", kind: sizeArg, def: "256MiB", min: "1MiB", max: "1TiB"},
	},
	nests: []*nestSpec{
		{typ: "tls", example: `tls { ... }`, kinds: []*blockSpec{{args: []*argSpec{
			{name: "cert_file", kind: textArg, required: true, example: `cert_file = "server.crt"`},
			{name: "key_file", kind: textArg, required: true, example: `key_file = "server.key"`},
			{name: "client_ca_file", kind: textArg},
		}}}},
		{typ: "access_key", label: "ID", many: true, example: `access_key "AKIDEXAMPLE" { secret = env("HYDRANT_SECRET") }`, kinds: []*blockSpec{{args: []*argSpec{
			{name: "secret", kind: secretArg, required: true, example: `secret = env("HYDRANT_SECRET")`},
			{name: "streams", kind: listArg, example: `streams = ["clicks*"]`},
		}}}},
		{typ: "log", example: `log { ... }`, kinds: []*blockSpec{{args: []*argSpec{
			{name: "format", kind: textArg, def: "text", oneOf: []string{"text", "json"}},
			{name: "level", kind: textArg, def: "info", oneOf: []string{"debug", "info", "warn", "error"}},
		}}}},
	},
}

var streamSpec = &blockSpec{
	nests: []*nestSpec{
		{typ: "source", label: "kind", example: `source "direct_put" {}`, kinds: []*blockSpec{{kind: "direct_put"}},
			later: []string{"kafka", "kinesis", "mqtt", "tail"}},
		{typ: "buffer", example: `buffer { ... }`, kinds: []*blockSpec{bufferSpec}},
		{typ: "transform", label: "kind", many: true, example: `transform "csv_to_json" { ... }`, kinds: []*blockSpec{csvSpec},
			later: []string{"lambda", "wasm", "jq", "decompress", "cloudwatch_logs", "split"}},
		{typ: "schema", example: `schema { column "name" { type = "string" } }`, kinds: []*blockSpec{schemaSpec}},
		{typ: "format", label: "kind", required: true, example: `format "json" {}`, kinds: formatSpecs, later: []string{"csv", "avro"}},
		{typ: "partition_by", example: `partition_by { jq = { region = ".region" } }`, kinds: []*blockSpec{{args: []*argSpec{
			{name: "jq", kind: tableArg, required: true, example: `jq = { region = ".region" }`},
		}}}},
		{typ: "destination", label: "kind", required: true, example: `destination "s3" { bucket = "lake" }`, kinds: []*blockSpec{s3Spec},
			later: []string{"redshift", "elasticsearch", "opensearch", "splunk", "http", "snowflake", "iceberg"}},
		{typ: "error_sink", label: "kind", required: true, example: `error_sink "s3" { bucket = "lake-errors" }`, kinds: []*blockSpec{s3Spec}},
	},
	later: []string{"backup", "catalog"},
}

var bufferSpec = &blockSpec{
	args: []*argSpec{
		{name: "size", kind: sizeArg, min: "1MiB", max: "1GiB"},
		{name: "interval", kind: durationArg, def: "300s", min: "0s", max: "24h"},
		{name: "durability", kind: textArg, def: "sync", oneOf: []string{"sync", "async"}},
		{name: "max_disk", kind: sizeArg, min: "64MiB", max: "1024TiB"},
		{name: "idempotency_window", kind: durationArg, def: "10m", min: "0s", max: "24h"},
		{name: "idempotency_keys", kind: countArg, def: "100000", min: "1", max: "10000000"},
	},
	later: []string{"engine"},
}

var csvSpec = &blockSpec{kind: "csv_to_json", args: []*argSpec{
	{name: "columns", kind: listArg, example: `columns = ["id", "ts"]`},
	{name: "header", kind: flagArg, def: "false"},
	{name: "rename", kind: tableArg},
	{name: "snake_case", kind: flagArg, def: "true"},
	{name: "delimiter", kind: textArg, def: ","},
	{name: "quote", kind: textArg, def: `"`},
	{name: "empty_as_null", kind: flagArg, def: "true"},
	{name: "skip", kind: listArg},
}}

var schemaSpec = &blockSpec{
	nests: []*nestSpec{
		{typ: "column", label: "name", many: true, required: true, example: `column "id" { type = "string" }`, kinds: []*blockSpec{{args: []*argSpec{
			{name: "type", kind: textArg, required: true, example: `type = "string"`},
		}}}},
	},
	later: []string{"glue_table"},
}

var textCodecs = []string{"none", "gzip", "zip", "snappy", "hadoop_snappy", "zstd"}

var formatSpecs = []*blockSpec{
	{kind: "parquet", args: []*argSpec{
		{name: "compression", kind: textArg, def: "snappy", oneOf: []string{"none", "snappy", "gzip", "zstd"}},
		{name: "row_group_size", kind: sizeArg, def: "64MiB", min: "1MiB", max: "1GiB"},
		{name: "page_size", kind: sizeArg, def: "1MiB", min: "64KiB", max: "16MiB"},
		{name: "timestamps", kind: textArg, def: "int96", oneOf: []string{"int96", "millis", "micros"}},
	}},
	{kind: "orc", args: []*argSpec{
		{name: "compression", kind: textArg, def: "snappy", oneOf: []string{"none", "zlib", "snappy", "lz4", "zstd"}},
		{name: "stripe_size", kind: sizeArg, def: "64MiB", min: "1MiB", max: "1GiB"},
		{name: "row_index_stride", kind: countArg, def: "10000", min: "1000", max: "1000000"},
		{name: "compression_block_size", kind: sizeArg, def: "256KiB", min: "16KiB", max: "4MiB"},
		{name: "bloom_filter_columns", kind: listArg},
		{name: "bloom_filter_false_positive_probability", kind: shareArg, def: "0.05", min: "0.0001", max: "0.9999"},
		{name: "dictionary_key_threshold", kind: shareArg, def: "0", min: "0", max: "1"},
		{name: "format_version", kind: textArg, def: "V0_12", oneOf: []string{"V0_11", "V0_12"}},
		{name: "enable_padding", kind: flagArg, def: "false"},
		{name: "block_size", kind: sizeArg, def: "256MiB", min: "64MiB", max: "4GiB"},
		{name: "padding_tolerance", kind: shareArg, def: "0.05", min: "0.0001", max: "1"},
	}},
	{kind: "json", args: []*argSpec{
		{name: "compression", kind: textArg, def: "none", oneOf: textCodecs},
	}},
	{kind: "raw", args: []*argSpec{
		{name: "compression", kind: textArg, def: "none", oneOf: textCodecs},
		{name: "delimiter", kind: textArg},
	}},
}

var storageClasses = []string{
	"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "REDUCED_REDUNDANCY",
	"EXPRESS_ONEZONE", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
}

var s3Spec = &blockSpec{kind: "s3", args: []*argSpec{
	{name: "bucket", kind: textArg, required: true, example: `bucket = "lake"`},
	{name: "prefix", kind: textArg},
	{name: "extension", kind: textArg},
	{name: "timezone", kind: textArg, def: "UTC"},
	{name: "endpoint", kind: textArg},
	{name: "region", kind: textArg},
	{name: "path_style", kind: flagArg},
	{name: "access_key", kind: textArg},
	{name: "secret_key", kind: secretArg, example: `secret_key = env("S3_SECRET_KEY")`},
	{name: "sse", kind: textArg, oneOf: []string{"AES256", "aws:kms"}},
	{name: "kms_key_id", kind: textArg},
	{name: "storage_class", kind: textArg, oneOf: storageClasses},
	{name: "tags", kind: tableArg},
	{name: "content_encoding", kind: flagArg, def: "false"},
	{name: "part_size", kind: sizeArg, def: "16MiB", min: "5MiB", max: "5GiB"},
}}

var variableSpec = &blockSpec{args: []*argSpec{
	{name: "default", kind: anyArg},
	{name: "description", kind: textArg},
	{name: "sensitive", kind: flagArg, def: "false"},
}}

// localsSpec has no arguments of its own: all names are the user's.
var localsSpec = &blockSpec{}
