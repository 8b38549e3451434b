delivery_stream "clicks" {
  partition_by {
    jq = { region = "regoin(.x)" } # ERROR: Invalid jq query
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/r=!{partitionKeyFromQuery:region}/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
