delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    extension = ".json.gz" # WARNING: Extension that misleads readers
  }
  error_sink "s3" { bucket = "lake-errors" }
}
