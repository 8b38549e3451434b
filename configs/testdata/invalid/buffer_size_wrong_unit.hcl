delivery_stream "clicks" {
  buffer {
    size = "64mb" # ERROR: Invalid buffer size
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
