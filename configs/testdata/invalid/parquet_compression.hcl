delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "parquet" { compression = "zip" } # ERROR: Invalid parquet compression
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
