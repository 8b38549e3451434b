delivery_stream "clicks" {
  schema {
    column "a" { type = "int" }
    column "t" { type = "timestamp" }
    column "b" { type = "boolean" }
    serde "hive" {
      timestamp_formats = [
        "millis",
        "yyyy-ww", # ERROR: Invalid timestamp format
      ]
    }
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
