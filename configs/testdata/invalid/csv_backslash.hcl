delivery_stream "clicks" {
  transform "csv_to_json" {
    columns = ["id"]
    quote = "\\" # ERROR: Invalid csv_to_json quote
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
