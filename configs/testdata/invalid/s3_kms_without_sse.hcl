delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
    kms_key_id = "alias/lake" # ERROR: KMS key without KMS encryption
  }
  error_sink "s3" { bucket = "lake-errors" }
}
