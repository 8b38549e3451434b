delivery_stream "clicks" {
  schema {
    column "id" {} # ERROR: Missing argument
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
