delivery_stream "clicks" {
  schema {
    type = "struct<a b:int>" # WARNING: Column name that Athena does not take
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
