delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    storage_class = "COLD" # ERROR: Invalid destination storage_class
  }
  error_sink "s3" { bucket = "lake-errors" }
}
