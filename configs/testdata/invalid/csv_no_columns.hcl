delivery_stream "clicks" {
  transform "csv_to_json" {} # ERROR: Columns of the CSV are unknown
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
