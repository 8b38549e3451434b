delivery_stream "clicks" {
  buffer = { # ERROR: A block was written as an argument
    size = "64MiB"
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
