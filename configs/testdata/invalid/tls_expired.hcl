server {
  tls {
    cert_file = "expired.crt" # WARNING: Certificate has expired
    key_file = "expired.key"
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
