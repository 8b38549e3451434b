delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "parquet" { timestamps = "nanos" } # ERROR: Invalid parquet timestamps
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
