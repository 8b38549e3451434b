delivery_stream "clicks" {
  partition_by {
    jq = {} # ERROR: No partition key
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
