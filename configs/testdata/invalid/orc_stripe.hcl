delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { stripe_size = "64KiB" } # ERROR: Invalid orc stripe_size
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
