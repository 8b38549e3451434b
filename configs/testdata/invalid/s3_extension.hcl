delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    extension = "log" # ERROR: Invalid destination extension
  }
  error_sink "s3" { bucket = "lake-errors" }
}
