delivery_stream "clicks" {
  backup "s3" { bucket = "raw" } # ERROR: Not in this release
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
