delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    timezone = "Korea/Seoul" # ERROR: Unknown time zone
  }
  error_sink "s3" { bucket = "lake-errors" }
}
