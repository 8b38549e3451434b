locals {
  a = local.b # ERROR: Locals name each other
  b = local.a
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = local.a
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
