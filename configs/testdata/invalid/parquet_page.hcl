delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "parquet" {
    row_group_size = "1MiB"
    page_size = "2MiB" # ERROR: Page larger than its row group
  }
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
