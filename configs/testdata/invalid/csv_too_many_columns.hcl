locals {
  some = [for i in range(1000) : "c${i}"]
  many = flatten([for i in range(11) : [for c in local.some : "${c}_x${i}"]])
}

delivery_stream "clicks" {
  transform "csv_to_json" { # ERROR: Invalid csv_to_json
    columns = local.many
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
