server {
  access_key "AKIDEXAMPLE" { secret = env("EMPTY") } # ERROR: Invalid access_key secret
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
