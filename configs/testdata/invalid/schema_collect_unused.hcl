delivery_stream "clicks" {
  schema {
    column "a" { type = "int" }
    column "t" { type = "timestamp" }
    column "b" { type = "boolean" }
    collect_into = "a" # WARNING: collect_into without use
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
