variable "key" {
  sensitive = true
  default   = env("SECRET")
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = var.key # ERROR: Secret where it can be seen
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
