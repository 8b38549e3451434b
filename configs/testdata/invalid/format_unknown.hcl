delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "paquet" {} # ERROR: Unknown format
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
