delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    storage_class = "GLACIER" # WARNING: Storage class that is not readable at once
  }
  error_sink "s3" { bucket = "lake-errors" }
}
