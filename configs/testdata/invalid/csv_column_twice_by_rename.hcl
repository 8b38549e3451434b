delivery_stream "clicks" {
  transform "csv_to_json" {
    columns = [
      "id",
      "ident", # ERROR: Duplicate column
    ]
    rename = { ident = "id" }
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
