delivery_stream "clicks" {
  schema {
    column "dt" { type = "date" }
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/dt=!{timestamp:yyyy-MM-dd}/" # WARNING: Column is a partition too
  }
  error_sink "s3" { bucket = "lake-errors" }
}
