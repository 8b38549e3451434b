delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = env("NO_SUCH_VARIABLE") # ERROR: Environment variable not set
  }
  error_sink "s3" { bucket = "lake-errors" }
}
