delivery_stream "clicks" {
  transform "csv_to_json" { # ERROR: Delimiter and quote are the same
    columns = ["id"]
    quote = ","
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
