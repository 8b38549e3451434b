delivery_stream "clicks" {
  schema {
    column "id" { type = "string" }
  }
  format "orc" { bloom_filter_false_positive_probability = 0 } # ERROR: Invalid orc bloom_filter_false_positive_probability
  destination "s3" {
    bucket = "lake"
    prefix = "clicks/"
  }
  error_sink "s3" { bucket = "lake-errors" }
}
