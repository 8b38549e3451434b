delivery_stream "clicks" {
  schema {
    column "TruckId" { type = "string" } # WARNING: Column name in capitals
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
