delivery_stream "clicks" {
  transform "csv_to_json" {
    columns = ["Truck ID", "speed"]
  }
  schema {
    column "truck_id" { type = "string" }
    column "sped" { type = "double" } # WARNING: Column is never filled
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
