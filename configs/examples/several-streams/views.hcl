delivery_stream "views" {
  buffer { interval = local.interval }

  format "json" { compression = "gzip" }

  destination "s3" {
    bucket   = local.bucket
    prefix   = "views/${local.day}/"
    endpoint = var.endpoint
    tags     = local.tags
  }

  error_sink "s3" {
    bucket   = local.errors
    endpoint = var.endpoint
  }
}
