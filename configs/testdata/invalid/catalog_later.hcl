delivery_stream "clicks" {
  catalog "glue" { # ERROR: Not in this release
    database = "lake"
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
