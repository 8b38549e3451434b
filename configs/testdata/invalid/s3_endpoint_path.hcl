delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    endpoint = "http://127.0.0.1:9000/lake" # ERROR: Invalid destination endpoint
  }
  error_sink "s3" { bucket = "lake-errors" }
}
