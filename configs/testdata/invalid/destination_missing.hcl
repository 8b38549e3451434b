delivery_stream "clicks" { # ERROR: Missing destination block
  format "json" {}
  error_sink "s3" { bucket = "lake-errors" }
}
