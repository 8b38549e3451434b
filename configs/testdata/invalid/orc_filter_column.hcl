delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { bloom_filter_columns = ["id", "ip"] } # ERROR: Unknown bloom filter column
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
