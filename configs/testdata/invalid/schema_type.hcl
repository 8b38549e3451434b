delivery_stream "clicks" {
  schema {
    column "id" { type = "decimal(40,2)" } # ERROR: Invalid column type
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
