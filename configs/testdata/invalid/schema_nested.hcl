delivery_stream "clicks" {
  schema {
    column "tags" { type = "array<string>" } # ERROR: Not in this release
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
