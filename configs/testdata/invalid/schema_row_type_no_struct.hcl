delivery_stream "clicks" {
  schema {
    type = "array<int>" # ERROR: Invalid column type
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
