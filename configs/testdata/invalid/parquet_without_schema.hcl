delivery_stream "clicks" {
  format "parquet" {} # ERROR: Parquet without a schema
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
