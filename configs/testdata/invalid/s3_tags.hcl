delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    tags = { "aws:team" = "data" } # ERROR: Invalid tag
  }
  error_sink "s3" { bucket = "lake-errors" }
}
