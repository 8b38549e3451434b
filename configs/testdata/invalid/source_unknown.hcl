delivery_stream "clicks" {
  source "direct-put" {} # ERROR: Unknown source
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
