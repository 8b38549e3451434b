delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    sse = "kms" # ERROR: Invalid destination sse
  }
  error_sink "s3" { bucket = "lake-errors" }
}
