delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "avro" {} # ERROR: Not in this release
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
