delivery_stream "clicks" {
  format "json" {}
  destination "redshift" { # ERROR: Not in this release
    table = "clicks"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
