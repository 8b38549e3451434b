delivery_stream "clicks" { # ERROR: Missing destination block
  format "json" {}
  destination { # ERROR: Missing label
    bucket = "lake"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
