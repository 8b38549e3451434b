delivery_stream "clicks" {
  buffer {
    size = "2GiB" # ERROR: Invalid buffer size
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
