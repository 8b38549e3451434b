# The smallest useful configuration: JSON records become Parquet files in a
# directory of this machine. No server block: the defaults listen on loopback
# only, and take unsigned requests.
#
#   hydrant run -c ndjson-to-parquet.hcl
#   echo '{"id":"a-1","ts":"2026-01-02T03:04:05Z","amount":12.5}' | hydrant put orders -c ndjson-to-parquet.hcl

variable "dir" {
  default     = "/var/lib/hydrant-lake"
  description = "Where the files go."
}

delivery_stream "orders" {
  buffer {
    size     = "64MiB" # a file is written when it has so much,
    interval = "60s"   # or when its first record is so old
  }

  schema {
    column "id"     { type = "string" }
    column "ts"     { type = "timestamp" }
    column "amount" { type = "double" }
  }

  format "parquet" {}

  destination "s3" {
    bucket = "file://${var.dir}"
    prefix = "orders/" # the hour follows: orders/2026/01/02/03/
  }

  # Records that are not of the schema, with the reason.
  error_sink "s3" {
    bucket = "file://${var.dir}-errors"
  }
}
