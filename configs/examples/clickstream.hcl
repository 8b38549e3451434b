# Clicks as JSON, in folders by country and day, on a store that speaks the
# API of S3. The keys of the store come from the environment.

variable "endpoint" { default = "http://127.0.0.1:9000" }

variable "bucket" { default = "clicks" }

locals {
  access_key = env("S3_ACCESS_KEY")
  secret_key = env("S3_SECRET_KEY")
}

delivery_stream "clicks" {
  buffer {
    size     = "64MiB" # of each country
    interval = "2m"
  }

  # What a record says of its country, in jq's language.
  partition_by {
    jq = {
      country = ".geo.country // \"unknown\" | ascii_downcase"
    }
  }

  format "json" {
    compression = "gzip"
  }

  destination "s3" {
    bucket     = var.bucket
    prefix     = "clicks/country=!{partitionKeyFromQuery:country}/dt=!{timestamp:yyyy-MM-dd}/"
    endpoint   = var.endpoint
    access_key = local.access_key
    secret_key = local.secret_key
  }

  error_sink "s3" {
    bucket     = "${var.bucket}-errors"
    endpoint   = var.endpoint
    access_key = local.access_key
    secret_key = local.secret_key
  }
}
