server {
  listen = "0.0.0.0:4573" # ERROR: Open to everyone # ERROR: Unencrypted beyond this machine
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
