delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "file:///srv/lake"
    prefix = "clicks/"
  }
  error_sink "s3" { # WARNING: Errors among the data
    bucket = "file:///srv/lake/clicks/errors"
  }
}
