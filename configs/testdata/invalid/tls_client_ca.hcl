server {
  tls {
    cert_file = "server.crt"
    key_file = "server.key"
    client_ca_file = "server.key" # ERROR: Invalid tls client_ca_file
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
