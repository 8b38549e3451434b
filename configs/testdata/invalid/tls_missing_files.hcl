server {
  tls {
    cert_file = "no.crt" # ERROR: Cannot read file
    key_file = "no.key" # ERROR: Cannot read file
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
