delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { format_version = "V0_13" } # ERROR: Invalid orc format_version
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
