server {
  access_key "AK/ID" { secret = env("SECRET") } # ERROR: Invalid access key ID
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
