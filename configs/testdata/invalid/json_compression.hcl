delivery_stream "clicks" {
  format "json" { compression = "lz4" } # ERROR: Invalid json compression
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
