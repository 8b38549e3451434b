delivery_stream "clicks" {
  buffer {
    size     = "200MiB"
    max_disk = "100MiB" # ERROR: Buffer larger than its disk budget
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
