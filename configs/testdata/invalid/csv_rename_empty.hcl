delivery_stream "clicks" {
  transform "csv_to_json" {
    columns = [for i in range(3) : "c${i}"]
    rename = { c1 = "" } # ERROR: Empty column name
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
