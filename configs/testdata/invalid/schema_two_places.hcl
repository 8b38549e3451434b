delivery_stream "clicks" {
  schema {
    type = "struct<a:int>" # ERROR: Columns in two places
    column "a" { type = "int" }
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
