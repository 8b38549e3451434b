delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" {
    bucket = "lake"
    prefix = "clicks/errors/!{firehose:error-output-type}/" # ERROR: Errors among the data
  }
}
