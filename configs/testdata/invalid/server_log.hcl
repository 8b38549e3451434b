server {
  log {
    level = "trace" # ERROR: Invalid log level
    format = "xml" # ERROR: Invalid log format
  }
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
