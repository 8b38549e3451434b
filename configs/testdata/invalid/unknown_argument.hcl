delivery_stream "clicks" {
  format "json" {}
  destination "s3" { # ERROR: Missing argument
    bukcet = "lake" # ERROR: Unknown argument
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
