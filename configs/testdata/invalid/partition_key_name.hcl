delivery_stream "clicks" {
  partition_by {
    jq = { "the region" = ".region" } # ERROR: Invalid partition key # ERROR: Partition key without use
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
