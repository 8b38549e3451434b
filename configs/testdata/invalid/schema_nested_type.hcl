delivery_stream "clicks" {
  schema {
    column "tags" { type = "array<struct<a:text>>" } # ERROR: Invalid column type
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
