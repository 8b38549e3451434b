delivery_stream "clicks" {
  transform "csv_to_json" {
    columns = [
      "Cost Total $",
      "costTotal", # ERROR: Duplicate column
    ]
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
