server {
  admin = "0.0.0.0:4574" # ERROR: Admin listener beyond this machine
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
