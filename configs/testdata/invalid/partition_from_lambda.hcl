delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "r=!{partitionKeyFromLambda:region}/" # ERROR: Not in this release
  }
  error_sink "s3" { bucket = "lake-errors" }
}
