delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  destination "s3" { # ERROR: Duplicate destination block
    bucket = "Lake2" # no cascade: the block itself is one too many
  }
  error_sink "s3" { bucket = "lake-errors" }
}
