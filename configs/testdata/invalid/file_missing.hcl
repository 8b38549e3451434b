delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    access_key = "AK"
    secret_key = file("no-such-file") # ERROR: Cannot read file
  }
  error_sink "s3" { bucket = "lake-errors" }
}
