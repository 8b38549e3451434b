variable "a" { default = "lake" }
variable "b" { default = var.a } # ERROR: Default that names something

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
