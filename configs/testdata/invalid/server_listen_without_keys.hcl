server {
  listen = ":4573" # ERROR: Open to everyone
  allow_plaintext = true
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
