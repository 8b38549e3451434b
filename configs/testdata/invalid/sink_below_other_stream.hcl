delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}

delivery_stream "views" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "views/"
  }
  error_sink "s3" {
    bucket = "lake"
    prefix = "clicks/!{firehose:error-output-type}/" # WARNING: Errors among the data
  }
}
