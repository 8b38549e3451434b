delivery_stream "clicks" {
  transform "lambda" { # ERROR: Not in this release
    command = ["./bootstrap"]
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
