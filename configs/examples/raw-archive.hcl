# Every record exactly as it came, compressed, for keeping. Nothing looks into
# the records, so they may be anything.

variable "endpoint" { default = null }

variable "bucket" { default = "archive" }

delivery_stream "archive" {
  buffer {
    size     = "256MiB"
    interval = "15m"
  }

  format "raw" {
    compression = "gzip"
    delimiter   = "\n" # Firehose puts nothing between records, and lines run together
  }

  destination "s3" {
    bucket        = var.bucket
    prefix        = "raw/!{timestamp:yyyy/MM/dd/HH}/"
    endpoint      = var.endpoint
    storage_class = "STANDARD_IA"
    tags          = { team = "data", keep = "7y" }
  }

  error_sink "s3" {
    bucket   = "${var.bucket}-errors"
    endpoint = var.endpoint
  }
}
