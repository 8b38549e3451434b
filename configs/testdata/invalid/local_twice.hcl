locals { a = 1 }
locals { a = 2 } # ERROR: Duplicate local

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
