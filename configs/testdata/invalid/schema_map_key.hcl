delivery_stream "clicks" {
  schema {
    column "m" { type = "map<array<int>,int>" } # ERROR: Invalid column type
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
