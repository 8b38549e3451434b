variable "key" {
  sensitive = true
  default   = "correct horse battery" # WARNING: Secret in clear
}

server {
  access_key "AKIDEXAMPLE" { secret = var.key }
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
