delivery_stream "clicks" {
  buffer {
    interval = "25h" # ERROR: Invalid buffer interval
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
