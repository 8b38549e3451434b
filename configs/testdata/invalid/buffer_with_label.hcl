delivery_stream "clicks" {
  buffer "big" { # ERROR: Label not expected
    size = "64MiB"
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
