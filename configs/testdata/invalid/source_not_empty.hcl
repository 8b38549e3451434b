delivery_stream "clicks" {
  source "direct_put" {
    rate = 5 # ERROR: Unknown argument
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
