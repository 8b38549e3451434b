delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    endpoint = "127.0.0.1:9000" # ERROR: Invalid destination endpoint
  }
  error_sink "s3" { bucket = "lake-errors" }
}
