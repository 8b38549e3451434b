variable "bucket" { default = "lake" }
variable "bucket" { default = "sea" } # ERROR: Duplicate variable

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = var.bucket
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
