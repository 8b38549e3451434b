# Open to other machines: TLS, and a key for each producer. Secrets come from
# the environment or from files, never from this one.

variable "listen" { default = "0.0.0.0:4573" }

variable "tls_dir" {
  default     = "/etc/hydrant/tls"
  description = "Holds server.crt, server.key and web.secret."
}

variable "dir" { default = "/var/lib/hydrant-lake" }

server {
  listen     = var.listen
  data_dir   = "/var/lib/hydrant"
  max_disk   = "200GiB" # when it's used up, records are refused and not lost
  max_memory = "1GiB"

  tls {
    cert_file = "${var.tls_dir}/server.crt"
    key_file  = "${var.tls_dir}/server.key"
  }

  access_key "AKIDWEB" {
    secret  = file("${var.tls_dir}/web.secret")
    streams = ["web-*"]
  }

  access_key "AKIDOPS" { # may use all streams
    secret = env("HYDRANT_OPS_SECRET")
  }

  log {
    format = "json"
  }
}

delivery_stream "web-visits" {
  format "json" {}

  destination "s3" {
    bucket = "file://${var.dir}"
    prefix = "visits/"
  }

  error_sink "s3" {
    bucket = "file://${var.dir}-errors"
  }
}
