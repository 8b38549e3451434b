delivery_stream "clicks" {
  schema {
    column "a" { type = "int" }
    column "t" { type = "timestamp" }
    column "b" { type = "boolean" }
  }
  format "parquet" {
    dictionary = false
    dictionary_size = "2MiB" # WARNING: Dictionary size without use
  }
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
