variable "bucket" { default = "lake" }

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = var.buckte # ERROR: Unknown variable
  }
  error_sink "s3" { bucket = "lake-errors" }
}
