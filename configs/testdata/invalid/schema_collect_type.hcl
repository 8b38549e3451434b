delivery_stream "clicks" {
  schema {
    column "a" { type = "int" }
    column "t" { type = "timestamp" }
    column "b" { type = "boolean" }
    unknown_columns = "collect"
    collect_into = "a" # ERROR: Invalid collect_into
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
