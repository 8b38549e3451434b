server {
  max_connections = "many" # ERROR: Invalid server max_connections
  allow_plaintext = "maybe" # ERROR: Invalid server allow_plaintext
  region = ["us-east-1"] # ERROR: Invalid server region
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
