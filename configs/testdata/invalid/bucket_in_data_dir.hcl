server {
  data_dir = "/var/lib/hydrant"
}

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "file:///var/lib/hydrant/streams" # ERROR: Invalid destination bucket
    prefix = "clicks/"
  }
  error_sink "s3" {
    bucket = "file:///etc/passwd/errors" # ERROR: Invalid error_sink bucket
  }
}
