delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    prefix = "clicks/"
    bucket = "192.168.0.1" # ERROR: Invalid destination bucket
  }
  error_sink "s3" { bucket = "lake-errors" }
}
