# Every argument there is, each different from its default.
variable "dir" {
  description = "Where the certificates are."
}

server {
  listen          = "0.0.0.0:1"
  admin           = "localhost:2"
  allow_plaintext = true
  data_dir        = "/data"
  max_disk        = "1TiB"
  max_memory      = "2GB"
  region          = "eu-west-1"
  account         = "123456789012"
  max_connections = 7
  header_timeout  = "1s"
  body_timeout    = "2s"
  idle_timeout    = "3s"
  shutdown_grace  = "4s"
  receipts        = "1.5d"
  receipts_max    = "1GiB"
  tls {
    cert_file      = "${var.dir}/server.crt"
    key_file       = "${var.dir}/server.key"
    client_ca_file = "${var.dir}/other.crt"
  }
  access_key "AKID" {
    secret  = env("SECRET")
    streams = ["f*"]
  }
  log {
    format = "json"
    level  = "warn"
  }
}

delivery_stream "full" {
  source "direct_put" {}
  buffer {
    size       = "32MiB"
    interval   = "1h30m"
    durability = "async"
    max_disk   = "10GiB"

    idempotency_window = "1h"
    idempotency_keys   = 5000
  }
  transform "csv_to_json" {
    columns       = ["A", "B", "C"]
    header        = true
    rename        = { A = "id" }
    snake_case    = true
    delimiter     = "\t"
    quote         = "'"
    empty_as_null = true
    skip          = ["C"]
  }
  schema {
    column "id" { type = "string" }
    column "b" { type = "decimal(10,2)" }
  }
  partition_by { jq = { region = ".region" } }
  format "parquet" {
    compression    = "zstd"
    row_group_size = "2MiB"
    page_size      = "128KiB"
    timestamps     = "micros"
  }
  destination "s3" {
    bucket           = "lake"
    prefix           = "full/r=!{partitionKeyFromQuery:region}/"
    extension        = ".pq"
    timezone         = "Asia/Seoul"
    endpoint         = "https://s3.example.com/"
    region           = "eu-central-1"
    path_style       = true
    access_key       = "AK"
    secret_key       = env("SECRET")
    sse              = "aws:kms"
    kms_key_id       = "alias/lake"
    storage_class    = "STANDARD_IA"
    tags             = { team = "data" }
    content_encoding = true
    part_size        = "8MiB"
  }
  error_sink "s3" {
    bucket           = "lake-errors"
    prefix           = "!{firehose:error-output-type}/"
    extension        = ".err"
    timezone         = "Asia/Seoul"
    endpoint         = "https://s3.example.com"
    region           = "eu-central-1"
    path_style       = true
    access_key       = "AK"
    secret_key       = env("SECRET")
    sse              = "aws:kms"
    kms_key_id       = "alias/lake"
    storage_class    = "STANDARD_IA"
    tags             = { team = "data" }
    content_encoding = true
    part_size        = "8MiB"
  }
}
