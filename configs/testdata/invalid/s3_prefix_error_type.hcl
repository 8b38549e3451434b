delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/!{firehose:error-output-type}/" # ERROR: Invalid destination prefix
  }
  error_sink "s3" { bucket = "lake-errors" }
}
