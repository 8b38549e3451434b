delivery_stream "clicks" {
  buffer {
    size = "5MiB"
  }
  buffer { # ERROR: Duplicate buffer block
    interval = "2d" # ERROR: Invalid buffer interval
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
