delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    access_key = "AK" # ERROR: Half a pair of keys
  }
  error_sink "s3" { bucket = "lake-errors" }
}
