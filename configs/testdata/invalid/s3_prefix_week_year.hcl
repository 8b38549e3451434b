delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/!{timestamp:YYYY/MM/dd}/" # WARNING: Doubtful destination prefix
  }
  error_sink "s3" { bucket = "lake-errors" }
}
