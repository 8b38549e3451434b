delivery_stream "clicks" {
  format "raw" { delimiter = "--------------------" } # ERROR: Invalid raw delimiter
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
