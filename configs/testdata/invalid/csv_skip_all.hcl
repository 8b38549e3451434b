delivery_stream "clicks" {
  transform "csv_to_json" {
    columns = ["id"]
    skip = ["id"] # ERROR: All columns are skipped
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
