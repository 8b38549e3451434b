delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    prefix = "clicks/"
    bucket = "s3://lake/clicks" # ERROR: Invalid destination bucket
  }
  error_sink "s3" { bucket = "lake-errors" }
}
