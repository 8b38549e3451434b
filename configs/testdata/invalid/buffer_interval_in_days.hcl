delivery_stream "clicks" {
  buffer {
    interval = "1d" # ERROR: Invalid buffer interval
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
