delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
  }
  error_sink "s3" { # ERROR: Errors among the data
    bucket = "lake"
  }
}
