delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    timezone = "+09:00" # ERROR: Unknown time zone
  }
  error_sink "s3" { bucket = "lake-errors" }
}
