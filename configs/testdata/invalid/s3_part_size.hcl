delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    part_size = "1MiB" # ERROR: Invalid destination part_size
  }
  error_sink "s3" { bucket = "lake-errors" }
}
