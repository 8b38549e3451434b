server {
  access_key "AKID" {
    secret = env("SECRET")
    streams = [
      "click*",
      "cliks", # no warning beside an error of the list
      "a b", # ERROR: Invalid access_key streams
    ]
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
