delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { row_index_stride = 1000.5 } # ERROR: Invalid orc row_index_stride
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
