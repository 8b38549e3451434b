delivery_stream "clicks" {
  schema {
    column "id" { type = string } # ERROR: Missing quotes
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
