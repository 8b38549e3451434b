delivery_stream "clicks" {
  partition_by {
    jq = { region = ".region" }
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "r=!{partitionKeyFromQuery:region}/s=!{partitionKeyFromQuery:shop}/" # ERROR: Unknown partition key
  }
  error_sink "s3" { bucket = "lake-errors" }
}
