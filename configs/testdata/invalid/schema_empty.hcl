delivery_stream "clicks" {
  schema {} # ERROR: Missing column block
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
