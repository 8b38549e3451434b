delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { dictionary_key_threshold = 1.5 } # ERROR: Invalid orc dictionary_key_threshold
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
