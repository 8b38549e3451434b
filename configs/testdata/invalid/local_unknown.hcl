locals { bucket = "lake" }

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = local.bukket # ERROR: Unknown local
  }
  error_sink "s3" { bucket = "lake-errors" }
}
