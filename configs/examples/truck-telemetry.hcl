# Trucks send CSV lines without a header:
#
#   t-17,2026-01-02T03:04:05Z,37.5,127.0,61.3,
#
# They become typed Parquet in folders by day, as Athena and Hive like them.

variable "endpoint" {
  default     = null
  description = "URL of an S3-compatible store; without one it's AWS."
}

variable "bucket" { default = "lake" }

delivery_stream "trucks" {
  source "direct_put" {}

  buffer {
    size     = "128MiB"
    interval = "5m"
  }

  transform "csv_to_json" {
    columns = ["Truck ID", "ts", "lat", "lon", "Speed (km/h)", "comment"]
    rename  = { "Speed (km/h)" = "speed" } # "Truck ID" becomes truck_id by itself
    skip    = ["comment"]
  }

  schema {
    column "truck_id" { type = "string" }
    column "ts"       { type = "timestamp" }
    column "lat"      { type = "double" }
    column "lon"      { type = "double" }
    column "speed"    { type = "decimal(5,1)" }
  }

  format "parquet" {
    compression = "snappy"
  }

  destination "s3" {
    bucket   = var.bucket
    prefix   = "trucks/dt=!{timestamp:yyyy-MM-dd}/"
    endpoint = var.endpoint
    timezone = "Asia/Seoul" # a day begins at midnight there
  }

  error_sink "s3" {
    bucket   = "${var.bucket}-errors"
    prefix   = "trucks/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
    endpoint = var.endpoint
  }
}
