delivery_stream "clicks" {
  format "json" { compression = "gzip" }
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    extension = ".json" # WARNING: Extension that misleads readers
  }
  error_sink "s3" { bucket = "lake-errors" }
}
