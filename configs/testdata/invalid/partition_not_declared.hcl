delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/r=!{partitionKeyFromQuery:region}/" # ERROR: Unknown partition key
  }
  error_sink "s3" { bucket = "lake-errors" }
}
