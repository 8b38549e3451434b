delivery_stream "clicks" {
  schema {
    column "a" { type = "int" }
    column "t" { type = "timestamp" }
    column "b" { type = "boolean" }
  }
  format "parquet" {
    bloom_filters = [
      "a",
      "c", # ERROR: Unknown column for a bloom filter
      "b", # ERROR: No bloom filter for this column
      "t", # WARNING: Bloom filter without use
    ]
  }
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
