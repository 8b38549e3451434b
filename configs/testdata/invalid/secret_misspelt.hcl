server {
  access_key "AKIDEXAMPLE" { # ERROR: Missing argument
    secert = "correct horse battery" # ERROR: Unknown argument
  }
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
