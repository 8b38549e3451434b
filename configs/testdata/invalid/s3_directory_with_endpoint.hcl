delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "file:///srv/lake"
    prefix = "clicks/"
    endpoint = "http://127.0.0.1:9000" # WARNING: Argument without use
  }
  error_sink "s3" { bucket = "lake-errors" }
}
