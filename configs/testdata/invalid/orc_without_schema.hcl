delivery_stream "clicks" {
  format "orc" {} # ERROR: ORC without a schema
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
