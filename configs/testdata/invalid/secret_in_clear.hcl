server {
  access_key "AKIDEXAMPLE" { secret = "correct horse battery" } # WARNING: Secret in clear
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
