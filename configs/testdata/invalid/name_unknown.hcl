delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = env.BUCKET # ERROR: Unknown name
  }
  error_sink "s3" { bucket = "lake-errors" }
}
