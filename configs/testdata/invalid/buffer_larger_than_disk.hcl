server {
  max_disk = "100MiB"
}

delivery_stream "clicks" {
  buffer {
    size = "200MiB" # ERROR: Buffer larger than the disk budget
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
