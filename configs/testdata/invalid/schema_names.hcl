delivery_stream "clicks" {
  schema {
    column "a,b" { type = "string" } # ERROR: Invalid column name
    column "a-b" { type = "string" } # WARNING: Column name that Athena does not take
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
