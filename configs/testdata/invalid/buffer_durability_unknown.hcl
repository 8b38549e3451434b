delivery_stream "clicks" {
  buffer {
    durability = "synch" # ERROR: Invalid buffer durability
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
