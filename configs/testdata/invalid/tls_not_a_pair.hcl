server {
  tls {
    cert_file = "server.crt"
    key_file = "other.key" # ERROR: Not a certificate and its key
  }
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
