delivery_stream "clicks" {
  schema {
    glue_table { # ERROR: Not in this release
    }
    column "id" { type = "string" }
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
