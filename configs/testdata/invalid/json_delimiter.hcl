delivery_stream "clicks" {
  format "json" { delimiter = "\n" } # ERROR: Unknown argument
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
