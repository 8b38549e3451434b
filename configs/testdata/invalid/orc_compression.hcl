delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { compression = "gzip" } # ERROR: Invalid orc compression
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
