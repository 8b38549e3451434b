delivery_stream "clicks" {
  schema { # WARNING: Schema without use
    column "id" { type = "string" }
  }
  format "raw" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
