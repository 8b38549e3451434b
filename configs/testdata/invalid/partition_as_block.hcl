delivery_stream "clicks" {
  partition_by { # ERROR: Missing argument
    jq { # ERROR: An argument was written as a block
      region = ".region"
    }
  }
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
