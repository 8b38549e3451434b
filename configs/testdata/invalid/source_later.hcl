delivery_stream "clicks" {
  source "kafka" {} # ERROR: Not in this release
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
