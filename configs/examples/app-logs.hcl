# Logs of applications as JSON lines: small objects soon, so that a search sees
# them within seconds, well compressed.

variable "endpoint" { default = null }

variable "bucket" { default = "logs" }

delivery_stream "app-logs" {
  buffer {
    size       = "8MiB"
    interval   = "10s"
    durability = "async" # a log line may be lost when the machine loses power
  }

  format "json" {
    compression = "zstd"
  }

  destination "s3" {
    bucket    = var.bucket
    prefix    = "app/!{timestamp:yyyy/MM/dd/HH}/"
    extension = ".jsonl.zst"
    endpoint  = var.endpoint
  }

  error_sink "s3" {
    bucket   = "${var.bucket}-errors"
    endpoint = var.endpoint
  }
}
