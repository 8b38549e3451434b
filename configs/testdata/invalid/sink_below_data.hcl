delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" {
    bucket = "lake"
    prefix = "clicks/errors/!{firehose:error-output-type}/" # WARNING: Errors among the data
  }
}
