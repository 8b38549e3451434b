server {
  access_key "AKID" { secret = env("SECRET") }
  access_key "AKID" { secret = env("SECRET") } # ERROR: Duplicate access key
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
