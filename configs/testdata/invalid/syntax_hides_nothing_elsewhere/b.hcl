delivery_stream "views" {
  buffer {
    interval = 60 # ERROR: Invalid buffer interval
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
