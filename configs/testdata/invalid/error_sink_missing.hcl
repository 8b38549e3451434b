delivery_stream "clicks" { # ERROR: Missing error_sink block
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
}
