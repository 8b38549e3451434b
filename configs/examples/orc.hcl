# JSON records become ORC files in a directory of this machine, as a table of
# Athena or Hive reads them. The columns stand in the order of the table: ORC
# files are read by position.
#
#   hydrant run -c orc.hcl
#   echo '{"id":"a-1","ts":"2026-01-02T03:04:05Z","amount":"12.50"}' | hydrant put payments -c orc.hcl

variable "dir" {
  default     = "/var/lib/hydrant-lake"
  description = "Where the files go."
}

delivery_stream "payments" {
  buffer {
    size     = "64MiB"
    interval = "60s"
  }

  schema {
    column "id"     { type = "string" }
    column "ts"     { type = "timestamp" }
    column "amount" { type = "decimal(12,2)" }
  }

  format "orc" {
    compression          = "zlib"
    bloom_filter_columns = ["id"] # WHERE id = '...' skips what has it not
  }

  destination "s3" {
    bucket = "file://${var.dir}"
    prefix = "payments/"
  }

  # Records that are not of the schema, with the reason.
  error_sink "s3" {
    bucket = "file://${var.dir}-errors"
  }
}
