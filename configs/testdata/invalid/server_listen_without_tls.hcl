server {
  listen = "[::]:4573" # ERROR: Unencrypted beyond this machine
  access_key "AKIDEXAMPLE" { secret = env("SECRET") }
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
