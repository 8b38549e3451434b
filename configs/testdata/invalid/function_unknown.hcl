delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = lowercase("LAKE") # ERROR: Call to unknown function
  }
  error_sink "s3" { bucket = "lake-errors" }
}
